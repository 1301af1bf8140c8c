import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { callRecord } from '../../../test/services/call-record.ts';
import { freshPgliteDirectory } from '../../../test/services/pglite.ts';
import { recordingLog, silentLog } from '../../../test/services/silent-log.ts';
import { systemClock } from '../../core/clock.ts';
import type { KeyLimits } from '../../core/key.ts';
import type { Bus, Clock } from '../../core/ports.ts';
import { insertCalls } from '../ledger/insert.ts';
import { partitionsOf } from '../ledger/partitions.ts';
import { rowText } from '../ledger/row.ts';
import { migrate } from '../migrate.ts';
import { openPglite } from '../sql/pglite.ts';
import type { Sql } from '../sql/sql.ts';
import { SqlError } from '../sql/sql-error.ts';
import { openKeyRing, type StoreKeyRing } from './key-ring.ts';
import { createKeys, type Keys } from './keys.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const LIMITS: KeyLimits = {
  budget: { limitUsd: '10', per: 'month' },
  requestsPerMinute: 60,
  tokensPerMinute: null,
  concurrency: 4,
};
let now = NOW;
const clock: Clock = { ...systemClock, now: () => now };
let directory: string;
let sql: Sql;
let keys: Keys;
let listeners: (() => void)[] = [];
const bus: Bus = {
  publish: () => {
    for (const listener of listeners) listener();
  },
  subscribe: (topic, listener) => {
    expect(topic).toBe('keys');
    listeners.push(() => listener(''));
    return () => {
      listeners = [];
    };
  },
  close: async () => {},
};
const rings: StoreKeyRing[] = [];

beforeAll(async () => {
  directory = await freshPgliteDirectory();
  sql = await openPglite(directory);
  await migrate(sql);
  keys = createKeys(sql, clock, bus);
});
beforeEach(async () => {
  now = NOW;
  for (const ring of rings.splice(0)) ring.close();
  await sql.exec('truncate illm.keys, illm.spend_daily');
});
afterAll(async () => {
  for (const ring of rings) ring.close();
  await sql.close();
  rmSync(directory, { recursive: true, force: true });
});

function openRing(source: Sql = sql, everyMs = 1e6, log = silentLog): StoreKeyRing {
  const ring = openKeyRing({ sql: source, bus, clock, log, everyMs });
  rings.push(ring);
  return ring;
}

describe('keys', () => {
  it('are made with a secret that is stored nowhere', async () => {
    const { key, secret } = await keys.create({
      name: 'search service',
      team: 'search',
      user: 'ana',
      tags: { env: 'prod' },
      expiresAt: '2027-01-01T00:00:00.000Z',
      limits: LIMITS,
    });
    expect(secret).toMatch(/^sk-illm-[0-9A-Za-z]{40}$/);
    expect(key).toEqual({
      id: key.id,
      name: 'search service',
      prefix: secret.slice(0, 12),
      scope: 'call',
      team: 'search',
      user: 'ana',
      tags: { env: 'prod' },
      createdAt: '2026-11-24T12:00:00.000Z',
      revokedAt: null,
      expiresAt: '2027-01-01T00:00:00.000Z',
      limits: LIMITS,
    });
    const everything = JSON.stringify(await sql.query('select * from illm.keys'));
    expect(everything).not.toContain(secret.slice(12));
    const other = await keys.create({ name: 'other' });
    expect(other.secret).not.toBe(secret);
    expect(other.key.limits).toBeNull();
  });

  it('are listed with their use', async () => {
    const { key } = await keys.create({ name: 'a' });
    now += 1;
    await keys.create({ name: 'unused', scope: 'admin' });
    const used = (startedAt: string, costUsd: string | null) =>
      callRecord({ keyId: key.id, startedAt, costUsd });
    const records = [
      used('2026-11-23T10:00:00.000Z', '0.000001'),
      used('2026-11-24T11:00:00.500Z', '0.1'),
      used('2026-11-24T10:00:00.000Z', null),
      used('2026-10-01T00:00:00.000Z', '99'),
    ];
    await insertCalls(sql, partitionsOf(sql), records.map(rowText));
    expect(await keys.list()).toEqual([
      { ...key, lastUsedAt: '2026-11-24T11:00:00.500Z', spentUsd30d: '0.100001' },
      expect.objectContaining({ name: 'unused', lastUsedAt: null, spentUsd30d: '0.000000' }),
    ]);
  });

  it('are revoked once', async () => {
    const { key } = await keys.create({ name: 'a' });
    const revoked = await keys.revoke(key.id);
    expect(revoked).toEqual({ ...key, revokedAt: '2026-11-24T12:00:00.000Z' });
    now += 1_000;
    expect(await keys.revoke(key.id)).toEqual(revoked);
    expect(await keys.revoke('0191f1d0-0000-7000-8000-000000000001')).toBeNull();
    expect(await keys.revoke("x' or 1=1")).toBeNull();
  });
});

describe('the key ring', () => {
  it('lets nobody in before it was read', async () => {
    const ring = openRing();
    expect(ring).toMatchObject({ ready: false, required: true, adminRequired: true });
    const { secret } = await keys.create({ name: 'a' });
    await ring.refresh();
    expect(ring).toMatchObject({ ready: true, required: true, adminRequired: false });
    expect(ring.find(secret)?.name).toBe('a');
    expect(ring.find(`${secret}x`)).toBeNull();
  });

  it('needs no key as long as there never was one of that kind', async () => {
    const ring = openRing();
    await ring.refresh();
    expect(ring.required).toBe(false);
    const { key } = await keys.create({ name: 'a' });
    await keys.revoke(key.id);
    await vi.waitFor(() => expect(ring.required).toBe(true));
    expect(ring.adminRequired).toBe(false);
    await keys.create({ name: 'root', scope: 'admin' });
    await vi.waitFor(() => expect(ring.adminRequired).toBe(true));
  });

  it('hears of a change at once, and sees it soon when it hears nothing', async () => {
    const ring = openRing();
    const { key, secret } = await keys.create({ name: 'a' });
    await vi.waitFor(() => expect(ring.find(secret)).toEqual(key));
    await keys.revoke(key.id);
    await vi.waitFor(() => expect(ring.find(secret)).toBeNull());
    const deaf = openRing(sql, 10);
    listeners = [];
    const { secret: other } = await keys.create({ name: 'b' });
    await vi.waitFor(() => expect(deaf.find(other)?.name).toBe('b'));
  });

  it('refuses an expired key to the millisecond', async () => {
    const { secret } = await keys.create({ name: 'a', expiresAt: new Date(NOW + 1_000).toISOString() });
    const ring = openRing();
    await ring.refresh();
    now = NOW + 999;
    expect(ring.find(secret)).not.toBeNull();
    now = NOW + 1_000;
    expect(ring.find(secret)).toBeNull();
  });

  it('goes on with what it knows while the store is away, and complains once', async () => {
    const { secret } = await keys.create({ name: 'a' });
    let away = false;
    const log = recordingLog();
    const unreliable: Sql = {
      ...sql,
      query: async (text, params) => {
        if (away) throw new SqlError('connection', 'gone');
        return sql.query(text, params);
      },
    };
    const ring = openRing(unreliable, 5, log);
    await vi.waitFor(() => expect(ring.ready).toBe(true));
    away = true;
    await vi.waitFor(() => expect(log.lines).toHaveLength(1));
    await systemClock.sleep(30);
    expect(log.lines).toHaveLength(1);
    expect(ring.find(secret)?.name).toBe('a');
  });
});
