import { picoFromUsd, usdFromPico } from '../../../src/core/money.ts';
import type { CallRecord } from '../../../src/core/record.ts';
import { savingsOf } from '../../../src/core/savings.ts';
import { NO_USAGE, addUsage } from '../../../src/core/usage.ts';
import type {
  Dimensions,
  ErrorRow,
  Group,
  Latency,
  LatencyFigures,
  Savings,
  Spend,
  SpendFigures,
} from '../../../web/src/api/types.ts';

const UNIT_MS = { h: 3_600_000, d: 86_400_000 } as const;

/** ISO, or relative to now: `24h`, `7d`. */
function instantMs(value: string, now: number): number {
  const match = /^(\d+)([hd])$/.exec(value);
  return match ? now - Number(match[1]) * UNIT_MS[match[2] as 'h' | 'd'] : Date.parse(value);
}

export function matching(
  calls: readonly CallRecord[],
  query: URLSearchParams,
  now: number,
): readonly CallRecord[] {
  const from = query.has('from') ? instantMs(query.get('from') ?? '', now) : 0;
  const to = query.has('to') ? instantMs(query.get('to') ?? '', now) : Number.POSITIVE_INFINITY;
  const tags = query.getAll('tag');
  return calls.filter((call) => {
    const at = Date.parse(call.startedAt);
    if (at < from || at >= to) return false;
    const lever = query.get('lever');
    if (lever !== null && !(lever in (savingsOf(call.decisions) ?? {}))) return false;
    if (query.get('unpriced') === 'true' && !call.unpriced) return false;
    if (!tags.every((tag) => call.tags[tag.slice(0, tag.indexOf(':'))] === tag.slice(tag.indexOf(':') + 1)))
      return false;
    return Object.entries(FIELDS).every(
      ([name, field]) => !query.has(name) || field(call) === query.get(name),
    );
  });
}

type Field = (call: CallRecord) => string | null;

const FIELDS: Readonly<Record<string, Field>> = {
  status: (call) => call.status,
  provider: (call) => call.target?.provider ?? null,
  model: (call) => call.target?.model ?? null,
  requestedModel: (call) => call.requestedModel,
  team: (call) => call.team,
  user: (call) => call.user,
  key: (call) => call.keyId,
  session: (call) => call.session,
  dialect: (call) => call.dialect,
  operation: (call) => call.operation,
  errorCode: (call) => call.errorCode,
};

function fieldFor(dimension: string): Field {
  if (dimension === 'day') return (call) => call.startedAt.slice(0, 10);
  if (dimension === 'hour') return (call) => `${call.startedAt.slice(0, 13)}:00:00Z`;
  if (dimension.startsWith('tag:')) return (call) => call.tags[dimension.slice(4)] ?? null;
  const field = FIELDS[dimension];
  if (!field) throw new RangeError(`groupBy: there is no ${dimension}`);
  return field;
}

function grouped(
  calls: readonly CallRecord[],
  groupBy: readonly string[],
): readonly { group: Group; calls: CallRecord[] }[] {
  const fields = groupBy.map((dimension) => [dimension, fieldFor(dimension)] as const);
  const groups = new Map<string, { group: Group; calls: CallRecord[] }>();
  for (const call of calls) {
    const group = Object.fromEntries(fields.map(([name, field]) => [name, field(call)]));
    const key = JSON.stringify(group);
    const found = groups.get(key);
    if (found) found.calls.push(call);
    else groups.set(key, { group, calls: [call] });
  }
  return [...groups.values()];
}

function spendOf(calls: readonly CallRecord[]): SpendFigures {
  return {
    calls: calls.length,
    errors: calls.filter(({ status }) => status === 'error').length,
    aborted: calls.filter(({ status }) => status === 'aborted').length,
    unpricedCalls: calls.filter(({ unpriced }) => unpriced).length,
    estimatedCalls: calls.filter(({ usageSource }) => usageSource === 'estimated').length,
    usage: calls.reduce((sum, { usage }) => addUsage(sum, usage), NO_USAGE),
    costUsd: usdFromPico(calls.reduce((sum, { costUsd }) => sum + (costUsd ? picoFromUsd(costUsd) : 0n), 0n)),
  };
}

function spanOf(query: URLSearchParams, now: number) {
  return {
    from: new Date(instantMs(query.get('from') ?? '24h', now)).toISOString(),
    to: new Date(query.has('to') ? instantMs(query.get('to') ?? '', now) : now).toISOString(),
  };
}

export function spend(calls: readonly CallRecord[], query: URLSearchParams, now: number): Spend {
  const groupBy = (query.get('groupBy') ?? 'day').split(',');
  const cost = (row: SpendFigures) => Number(row.costUsd);
  return {
    ...spanOf(query, now),
    rows: grouped(calls, groupBy)
      .map(({ group, calls: own }) => ({ group, ...spendOf(own) }))
      .sort((a, b) => cost(b) - cost(a)),
    total: spendOf(calls),
  };
}

function sumUsd(amounts: readonly string[]): bigint {
  return amounts.reduce((sum, usd) => sum + picoFromUsd(usd), 0n);
}

/** `calls` pass the filter, `billed` pass it but for its lever. */
export function savings(
  calls: readonly CallRecord[],
  billed: readonly CallRecord[],
  query: URLSearchParams,
  now: number,
): Savings {
  const lever = query.get('lever');
  const groupBy = (query.get('groupBy') ?? '').split(',').filter(Boolean);
  const parts = calls.flatMap((call) =>
    Object.entries(savingsOf(call.decisions) ?? {})
      .filter(([name]) => lever === null || name === lever)
      .map(([name, usd]) => ({ call, name, usd })),
  );
  const groups = new Map<string, typeof parts>();
  for (const part of parts) {
    const group = groupBy.map((name) => [name, name === 'lever' ? part.name : fieldFor(name)(part.call)]);
    const key = JSON.stringify(Object.fromEntries(group));
    groups.set(key, [...(groups.get(key) ?? []), part]);
  }
  const sums = (own: typeof parts) => ({
    calls: new Set(own.map(({ call }) => call.id)).size,
    savedUsd: usdFromPico(sumUsd(own.map(({ usd }) => usd))),
  });
  const total = sums(parts);
  const spent = sumUsd(billed.flatMap(({ costUsd }) => costUsd ?? []));
  return {
    ...spanOf(query, now),
    rows: [...groups]
      .map(([key, own]) => ({ group: JSON.parse(key) as Group, ...sums(own) }))
      .sort((a, b) => Number(b.savedUsd) - Number(a.savedUsd)),
    total: {
      ...total,
      spentUsd: usdFromPico(spent),
      withoutUsd: usdFromPico(spent + picoFromUsd(total.savedUsd)),
    },
  };
}

function quantiles(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) };
}

function latencyOf(calls: readonly CallRecord[]): LatencyFigures {
  const errors = calls.filter(({ status }) => status === 'error').length;
  const ttft = calls.flatMap(({ ttftMs }) => ttftMs ?? []);
  return {
    calls: calls.length,
    errors,
    errorRate: calls.length === 0 ? 0 : errors / calls.length,
    ttftMs: ttft.length === 0 ? null : quantiles(ttft),
    totalMs: calls.length === 0 ? null : quantiles(calls.map(({ totalMs }) => totalMs)),
    overheadMs: calls.length === 0 ? null : quantiles(calls.map(({ overheadMs }) => overheadMs)),
  };
}

export function latency(calls: readonly CallRecord[], query: URLSearchParams): Latency {
  const rows = grouped(calls, (query.get('groupBy') ?? 'model').split(','));
  return {
    rows: rows.map(({ group, calls: own }) => ({ group, ...latencyOf(own) })),
    total: latencyOf(calls),
  };
}

export function errors(calls: readonly CallRecord[]): { readonly rows: readonly ErrorRow[] } {
  const failed = calls.filter(({ errorCode }) => errorCode !== null);
  const rows = grouped(failed, ['errorCode', 'provider']).flatMap(({ group, calls: own }) => {
    const last = own[0];
    if (!last) return [];
    return {
      errorCode: group['errorCode'] ?? '',
      httpStatus: last.httpStatus,
      provider: group['provider'] ?? null,
      calls: own.length,
      lastAt: last.startedAt,
      lastMessage: last.errorMessage,
      lastCallId: last.id,
    };
  });
  return { rows: rows.sort((a, b) => b.calls - a.calls) };
}

export function dimensions(calls: readonly CallRecord[]): Dimensions {
  const values = (name: string) => [...new Set(calls.flatMap((call) => FIELDS[name]?.(call) ?? []))].sort();
  const tag: Record<string, string[]> = {};
  for (const call of calls)
    for (const [name, value] of Object.entries(call.tags)) {
      const known = (tag[name] ??= []);
      if (!known.includes(value)) known.push(value);
    }
  const names = new Map(calls.map((call) => [call.keyId, call.keyName ?? '']));
  return {
    provider: values('provider'),
    model: values('model'),
    requestedModel: values('requestedModel'),
    team: values('team'),
    user: values('user'),
    key: [...names].flatMap(([id, name]) => (id ? { id, name } : [])),
    dialect: values('dialect'),
    errorCode: values('errorCode'),
    tag,
  };
}
