import type { LimitBy } from '../../core/admission.ts';
import type { Caller } from '../../core/call.ts';
import { formatTarget, type Target } from '../../core/target.ts';

/** Calls without a value share an account, so that none escapes a limit. */
const NOBODY = '(none)';

/** Whom a call is counted for by a dimension. Null where that is not known yet: before a target is chosen. */
export function subjectOf(by: LimitBy, caller: Caller, target: Target | null): string | null {
  switch (by) {
    case 'all':
      return '';
    case 'key':
      return caller.keyId ?? caller.keyName ?? NOBODY;
    case 'team':
      return caller.team ?? NOBODY;
    case 'user':
      return caller.user ?? NOBODY;
    case 'provider':
      return target?.provider ?? null;
    case 'model':
      return target && formatTarget(target);
    default:
      return caller.tags[by.slice('tag:'.length)] ?? NOBODY;
  }
}

/** Whether the dimension is known only once a target is chosen. */
export function needsTarget(by: LimitBy): boolean {
  return by === 'provider' || by === 'model';
}
