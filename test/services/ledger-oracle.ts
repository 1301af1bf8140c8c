import { picoFromUsd, usdFromPico } from '../../src/core/money.ts';
import type { CallRecord } from '../../src/core/record.ts';
import { savingsOf } from '../../src/core/savings.ts';
import { addUsage, NO_USAGE, type Usage } from '../../src/core/usage.ts';
import type { CallFilter } from '../../src/store/queries/filter.ts';

/** What the store's queries must answer, computed the plain way over the records themselves. */

export function matches(call: CallRecord, filter: CallFilter): boolean {
  const same = (wanted: string | null, actual: string | null): boolean =>
    wanted === null || wanted === actual;
  return (
    (filter.from === null || call.startedAt >= filter.from) &&
    (filter.to === null || call.startedAt < filter.to) &&
    same(filter.status, call.status) &&
    same(filter.provider, call.target?.provider ?? null) &&
    same(filter.model, call.target?.model ?? null) &&
    same(filter.requestedModel, call.requestedModel) &&
    same(filter.team, call.team) &&
    same(filter.user, call.user) &&
    same(filter.keyId, call.keyId ?? call.keyName) &&
    same(filter.session, call.session) &&
    same(filter.dialect, call.dialect) &&
    same(filter.operation, call.operation) &&
    same(filter.errorCode, call.errorCode) &&
    filter.tags.every(({ name, value }) => call.tags[name] === value) &&
    (!filter.unpricedOnly || call.unpriced) &&
    (filter.lever === null || Object.hasOwn(savingsOf(call.decisions) ?? {}, filter.lever))
  );
}

/** The groups that a call belongs to; only `tag` gives other than one. */
export function groupsOf(call: CallRecord, groupBy: readonly string[]): Record<string, string | null>[] {
  return groupBy.reduce<Record<string, string | null>[]>(
    (groups, name) =>
      groups.flatMap((group) => valuesOf(call, name).map((value) => ({ ...group, [name]: value }))),
    [{}],
  );
}

function valuesOf(call: CallRecord, name: string): (string | null)[] {
  if (name === 'day') return [call.startedAt.slice(0, 10)];
  if (name === 'hour') return [`${call.startedAt.slice(0, 13)}:00:00.000Z`];
  if (name === 'provider') return [call.target?.provider ?? null];
  if (name === 'model') return [call.target?.model ?? null];
  if (name === 'key') return [call.keyId ?? call.keyName];
  if (name === 'tag') return Object.entries(call.tags).map(([tag, value]) => `${tag}:${value}`);
  if (name.startsWith('tag:')) return [call.tags[name.slice(4)] ?? null];
  if (name === 'requestedModel') return [call.requestedModel];
  return [call[name as 'team' | 'user' | 'session' | 'dialect' | 'operation' | 'status' | 'errorCode']];
}

export interface Sums {
  readonly calls: number;
  readonly errors: number;
  readonly aborted: number;
  readonly unpricedCalls: number;
  readonly estimatedCalls: number;
  readonly usage: Usage;
  readonly costUsd: string;
}

export function sumsOf(calls: readonly CallRecord[]): Sums {
  const count = (test: (call: CallRecord) => boolean): number => calls.filter(test).length;
  return {
    calls: calls.length,
    errors: count(({ status }) => status === 'error'),
    aborted: count(({ status }) => status === 'aborted'),
    unpricedCalls: count(({ unpriced }) => unpriced),
    estimatedCalls: count(({ usageSource }) => usageSource === 'estimated'),
    usage: calls.reduce((sum, { usage }) => addUsage(sum, usage), NO_USAGE),
    costUsd: usdFromPico(calls.reduce((sum, { costUsd }) => sum + picoFromUsd(costUsd ?? '0'), 0n)),
  };
}

export interface Saved {
  readonly calls: number;
  readonly savedUsd: string;
}

/** What was saved in each group, which may be by `lever` too, under the group's JSON. Only of one lever when given. */
export function savedBy(
  calls: readonly CallRecord[],
  groupBy: readonly string[],
  lever: string | null,
): Map<string, Saved> {
  const sums = new Map<string, { ids: Set<string>; pico: bigint }>();
  for (const call of calls) {
    for (const [name, usd] of Object.entries(savingsOf(call.decisions) ?? {})) {
      if (lever !== null && lever !== name) continue;
      for (const plain of groupsOf(
        call,
        groupBy.filter((dimension) => dimension !== 'lever'),
      )) {
        const values = groupBy.map((dimension) => [
          dimension,
          dimension === 'lever' ? name : (plain[dimension] ?? null),
        ]);
        const key = JSON.stringify(Object.fromEntries(values));
        const sum = sums.get(key) ?? { ids: new Set(), pico: 0n };
        sum.ids.add(call.id);
        sum.pico += picoFromUsd(usd);
        sums.set(key, sum);
      }
    }
  }
  return new Map(
    [...sums].map(([key, { ids, pico }]) => [key, { calls: ids.size, savedUsd: usdFromPico(pico) }]),
  );
}

/** The calls of each group, under the group's JSON. */
export function grouped(calls: readonly CallRecord[], groupBy: readonly string[]): Map<string, CallRecord[]> {
  const groups = new Map<string, CallRecord[]>();
  for (const call of calls) {
    for (const group of groupsOf(call, groupBy)) {
      const name = JSON.stringify(group);
      groups.set(name, [...(groups.get(name) ?? []), call]);
    }
  }
  return groups;
}

/** By nearest rank. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN;
}
