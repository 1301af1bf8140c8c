import type { CallFilter, ListedCall } from '../store/index.ts';

/** Whether a call passes a filter, its time aside. */
export function matchesCall(call: ListedCall, filter: CallFilter): boolean {
  const same = (wanted: string | null, actual: string | null): boolean =>
    wanted === null || wanted === actual;
  return (
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
    (filter.lever === null || Object.hasOwn(call.savings, filter.lever))
  );
}
