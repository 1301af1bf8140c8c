import { randomInt } from 'node:crypto';
import { isUuid, uuidv7 } from '../../core/ids.ts';
import { type KeyLimits, type KeyScope, VIRTUAL_KEY_PREFIX, type VirtualKey } from '../../core/key.ts';
import { picoFromUsd, usdFromPico } from '../../core/money.ts';
import type { Bus, Clock } from '../../core/ports.ts';
import { sha256 } from '../../core/secret.ts';
import { iso } from '../queries/time.ts';
import { reached } from '../sql/reached.ts';
import type { Sql } from '../sql/sql.ts';

/** What a new key is to be. */
export interface NewKey {
  readonly name: string;
  readonly scope?: KeyScope | undefined;
  readonly team?: string | null | undefined;
  readonly user?: string | null | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** ISO 8601. */
  readonly expiresAt?: string | null | undefined;
  readonly limits?: KeyLimits | null | undefined;
}

export interface KeyWithUse extends VirtualKey {
  /** Start of the last call with it. */
  readonly lastUsedAt: string | null;
  /** Exact decimal dollars over the last 30 days. */
  readonly spentUsd30d: string;
}

/** The virtual keys in the store. All throw CallError `not_ready` while it cannot be reached. */
export interface Keys {
  /** The secret is in the answer and nowhere else, ever. */
  create(key: NewKey): Promise<{ key: VirtualKey; secret: string }>;
  /** Also those that are revoked or expired. The oldest first. */
  list(): Promise<KeyWithUse[]>;
  /** The revoked key; null when there is none of that id. Revoking twice changes nothing. */
  revoke(id: string): Promise<VirtualKey | null>;
}

/** Topic of the bus on which a change of the keys is told, so that no gateway waits for its next look. */
export const KEYS_TOPIC = 'keys';

const SECRET_LENGTH = 40;
const SHOWN_LENGTH = VIRTUAL_KEY_PREFIX.length + 4;
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export const KEY_LIST = `id, name, prefix, scope, team, user_name as "user", tags,
  created_at as "createdAt", revoked_at as "revokedAt", expires_at as "expiresAt", limits`;

const BUMP = { text: 'update illm.key_version set version = version + 1' };

export function createKeys(sql: Sql, clock: Clock, bus: Bus): Keys {
  return {
    async create({ name, scope = 'call', team = null, user = null, tags = {}, ...rest }) {
      const { expiresAt = null, limits = null } = rest;
      const secret = newSecret();
      const now = clock.now();
      const params = [uuidv7(now), name, secret.slice(0, SHOWN_LENGTH), sha256(secret), scope, team, user];
      const [rows] = await reached(
        sql.transaction([
          {
            text: `insert into illm.keys (id, name, prefix, hash, scope, team, user_name, tags, created_at, expires_at, limits)
            values ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9, $10, $11::text::jsonb) returning ${KEY_LIST}`,
            params: [...params, JSON.stringify(tags), iso(now), expiresAt, limits && JSON.stringify(limits)],
          },
          BUMP,
        ]),
      );
      const [key] = rows as VirtualKey[];
      if (!key) throw new TypeError('the new key did not come back');
      bus.publish(KEYS_TOPIC, key.id);
      return { key, secret };
    },
    async list() {
      const rows = await reached(
        sql.query<KeyWithUse>(
          `select ${KEY_LIST}, last_at as "lastUsedAt", coalesce(spent_usd, 0) as "spentUsd30d" from illm.keys
         left join (
           select key, max(last_at) as last_at, sum(cost_usd) filter (where day > today - 30) as spent_usd
           from illm.spend_daily cross join (select ($1::timestamptz at time zone 'UTC')::date as today) as clock
           group by key
         ) as used on used.key = keys.id::text
         order by created_at, id`,
          [iso(clock.now())],
        ),
      );
      return rows.map((row) => ({ ...row, spentUsd30d: usdFromPico(picoFromUsd(row.spentUsd30d)) }));
    },
    async revoke(id) {
      if (!isUuid(id)) return null;
      const [rows] = await reached(
        sql.transaction([
          {
            text: `update illm.keys set revoked_at = coalesce(revoked_at, $2) where id = $1 returning ${KEY_LIST}`,
            params: [id, iso(clock.now())],
          },
          BUMP,
        ]),
      );
      bus.publish(KEYS_TOPIC, id);
      const [key] = rows as VirtualKey[];
      return key ?? null;
    },
  };
}

function newSecret(): string {
  return (
    VIRTUAL_KEY_PREFIX +
    Array.from({ length: SECRET_LENGTH }, () => BASE62[randomInt(BASE62.length)]).join('')
  );
}
