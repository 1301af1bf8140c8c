import { Command, InvalidArgumentError } from 'commander';
import type { KeyLimits, VirtualKey } from '../../core/key.ts';
import { askApi } from '../client/api-client.ts';
import type { Connect } from '../client/connect.ts';
import type { Io } from '../io.ts';
import { dollars, moment } from '../output/amounts.ts';
import { painter, printable } from '../output/style.ts';
import { type Column, formatTable } from '../output/table.ts';
import { connected } from './connected.ts';
import { addPlaceOptions, collectTag, type PlaceOptions } from './options.ts';

interface Options extends PlaceOptions {
  readonly json?: boolean;
}

interface CreateOptions extends Options {
  readonly team?: string;
  readonly user?: string;
  readonly tag?: readonly string[];
  readonly admin?: boolean;
  readonly expires?: string;
  readonly budget?: KeyBudget;
  readonly rpm?: number;
  readonly tpm?: number;
  readonly concurrency?: number;
}

type KeyBudget = NonNullable<KeyLimits['budget']>;

type KeyView = VirtualKey & { readonly lastUsedAt: string | null; readonly spentUsd30d: string | null };

const DAY_MS = 86_400_000;

export function keysCommand(io: Io, connect: Connect): Command {
  const keys = new Command('keys')
    .summary('create, list and revoke virtual keys')
    .description(
      'Virtual keys let callers in and say whom to book their calls on. Once one exists, calls need one; once an admin key exists, the management API needs that.',
    );
  keys.addHelpText(
    'after',
    `
Examples:
  infinite-llm keys create search-prod --team search --tag env:prod
  infinite-llm keys create intern --budget 10/month --rpm 60
  infinite-llm keys create ops --admin --expires 90d
  infinite-llm keys list
  infinite-llm keys revoke 01938c6e-2222-7000-8000-000000000001`,
  );
  keys.addCommand(createCommand(io, connect));
  keys.addCommand(listCommand(io, connect));
  keys.addCommand(revokeCommand(io, connect));
  return keys;
}

function createCommand(io: Io, connect: Connect): Command {
  const command = new Command('create')
    .description('Creates a key and prints its secret, which is shown this once.')
    .argument('<name>', 'what the key is for')
    .option('--team <name>', 'team that its calls are booked on')
    .option('--user <name>', 'user that its calls are booked on')
    .option('--tag <name:value>', 'tag put on its calls; may be repeated', collectTag)
    .option('--admin', 'a key for the management API instead of calls')
    .option('--expires <when>', 'when it ends: a span such as 90d, or ISO 8601', (text) =>
      expiry(text, io.now()),
    )
    .option(
      '--budget <usd/span>',
      'what its calls may cost, such as 10/month; hour, day, week or month',
      budget,
    )
    .option('--rpm <requests>', 'requests a minute', positive)
    .option('--tpm <tokens>', 'tokens a minute, input and output together', positive)
    .option('--concurrency <calls>', 'calls at once', positive)
    .option('--json', 'print JSON for programs');
  addPlaceOptions(command);
  command.addHelpText(
    'after',
    `
Example:
  infinite-llm keys create search-prod --team search --tag env:prod --expires 90d`,
  );
  return command.action(async (name: string, options: CreateOptions) => {
    const { team = null, user = null, tag = [], admin, expires = null, json } = options;
    const body = {
      name,
      team,
      user,
      tags: Object.fromEntries(tag.map(splitTag)),
      scope: admin ? 'admin' : 'call',
      expiresAt: expires,
      limits: limitsOf(options),
    };
    await connected(connect, { ...options, create: true }, async (transport) => {
      const request = { method: 'POST', url: '/api/v1/keys', body } as const;
      const created = await askApi<{ key: VirtualKey; secret: string }>(transport, request, io.signal);
      if (json) return io.out(`${JSON.stringify(created, null, 2)}\n`);
      io.out(`${created.secret}\n`);
      io.err(
        `Key ${printable(created.key.name)} (${created.key.id}). Keep the secret: it is not shown again.\n`,
      );
    });
  });
}

function listCommand(io: Io, connect: Connect): Command {
  const command = new Command('list')
    .description('Lists the keys with what was spent on them in the last 30 days.')
    .option('--json', 'print JSON for programs');
  addPlaceOptions(command);
  return command.action(async (options: Options) => {
    await connected(connect, options, async (transport) => {
      const { keys } = await askApi<{ keys: KeyView[] }>(
        transport,
        { method: 'GET', url: '/api/v1/keys' },
        io.signal,
      );
      if (options.json) return io.out(`${JSON.stringify(keys, null, 2)}\n`);
      io.out(
        keys.length === 0
          ? 'No keys. Create one with "infinite-llm keys create NAME".\n'
          : describeKeys(keys, io),
      );
    });
  });
}

function revokeCommand(io: Io, connect: Connect): Command {
  const command = new Command('revoke')
    .description('Revokes a key: calls with it are refused from then on.')
    .argument('<id>', 'the key’s id, from "keys list"')
    .option('--json', 'print JSON for programs');
  addPlaceOptions(command);
  return command.action(async (id: string, options: Options) => {
    await connected(connect, options, async (transport) => {
      const url = `/api/v1/keys/${encodeURIComponent(id)}`;
      const key = await askApi<VirtualKey>(transport, { method: 'DELETE', url }, io.signal);
      io.out(
        options.json
          ? `${JSON.stringify(key, null, 2)}\n`
          : `Revoked ${printable(key.name)} (${key.prefix}…).\n`,
      );
    });
  });
}

const LIMITS: Column<KeyView> = {
  title: 'limits',
  value: ({ limits }) => describeLimits(limits ?? null),
  most: 40,
};

function describeKeys(keys: readonly KeyView[], { color, now }: Io): string {
  return formatTable(
    [
      { title: 'name', value: ({ name }) => name, most: 30 },
      { title: 'secret', value: ({ prefix }) => `${prefix}…` },
      { title: 'scope', value: ({ scope }) => scope },
      { title: 'team', value: ({ team }) => team ?? '–', most: 20 },
      { title: 'user', value: ({ user }) => user ?? '–', most: 20 },
      {
        title: 'state',
        value: (key) => stateOf(key, now()),
        tone: (key) => (stateOf(key, now()) === 'active' ? 'green' : 'dim'),
      },
      {
        title: 'last used (UTC)',
        value: ({ lastUsedAt }) => (lastUsedAt === null ? 'never' : moment(lastUsedAt)),
      },
      ...(keys.some(({ limits }) => limits) ? [LIMITS] : []),
      { title: 'spent in 30 days', align: 'right', value: ({ spentUsd30d }) => dollars(spentUsd30d) },
      { title: 'id', value: ({ id }) => id },
    ],
    keys,
    painter(color),
  );
}

function stateOf({ revokedAt, expiresAt }: VirtualKey, now: number): string {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && Date.parse(expiresAt) <= now ? 'expired' : 'active';
}

/** `$10 a month, 60 requests a minute`. */
function describeLimits(limits: KeyLimits | null): string {
  if (limits === null) return '–';
  const { budget: spend, requestsPerMinute, tokensPerMinute, concurrency } = limits;
  return [
    ...(spend ? [`$${spend.limitUsd} a ${spend.per}`] : []),
    ...(requestsPerMinute === null ? [] : [`${requestsPerMinute} requests a minute`]),
    ...(tokensPerMinute === null ? [] : [`${tokensPerMinute} tokens a minute`]),
    ...(concurrency === null ? [] : [`${concurrency} at once`]),
  ].join(', ');
}

function limitsOf({ budget: spend, rpm, tpm, concurrency }: CreateOptions): KeyLimits | null {
  if (spend === undefined && rpm === undefined && tpm === undefined && concurrency === undefined) return null;
  return {
    budget: spend ?? null,
    requestsPerMinute: rpm ?? null,
    tokensPerMinute: tpm ?? null,
    concurrency: concurrency ?? null,
  };
}

function budget(text: string): KeyBudget {
  const [, limitUsd, per] = /^\$?(\d{1,7}(?:\.\d{1,12})?)\/(hour|day|week|month)$/.exec(text) ?? [];
  if (limitUsd === undefined || per === undefined)
    throw new InvalidArgumentError('It must be dollars and a span, such as 10/month or 2.50/day.');
  return { limitUsd, per: per as KeyBudget['per'] };
}

function positive(text: string): number {
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < 1)
    throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}

function splitTag(text: string): [string, string] {
  const at = text.indexOf(':');
  return [text.slice(0, at), text.slice(at + 1)];
}

function expiry(text: string, now: number): string {
  const days = /^(\d{1,5})([hd])$/.exec(text);
  const time = days ? now + Number(days[1]) * (days[2] === 'h' ? DAY_MS / 24 : DAY_MS) : Date.parse(text);
  if (Number.isNaN(time)) throw new InvalidArgumentError('It must be a span such as 90d, or ISO 8601.');
  if (time <= now) throw new InvalidArgumentError('It is in the past.');
  return new Date(time).toISOString();
}
