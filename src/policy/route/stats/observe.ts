import type { ErrorCode } from '../../../core/errors.ts';
import { type CallRecord, tellsLatency } from '../../../core/record.ts';
import { parseTarget } from '../../../core/target.ts';
import { promptTokens } from '../../../core/usage.ts';
import type { ModelTable } from './model-table.ts';

/** Failures that are the target's own. A bad request would have failed anywhere. */
const TARGETS_FAULT: ReadonlySet<string> = new Set<ErrorCode>([
  'rate_limited',
  'upstream_unauthorized',
  'upstream_error',
  'upstream_garbage',
  'upstream_truncated',
  'upstream_unavailable',
  'upstream_timeout',
]);

/** Whether a call failed by its target's fault. */
export function isTargetsFault(errorCode: string | null): boolean {
  return TARGETS_FAULT.has(errorCode ?? '');
}

/** Learns from a finished call how its target does, and from its decisions how those did that were asked before. */
export function observeRecord(table: ModelTable, record: CallRecord): void {
  const { target, attempts, costUsd, usage } = record;
  for (const { stage, action, details } of record.decisions) {
    if (stage !== 'route' || action !== 'fell-back') continue;
    const failed = typeof details?.['target'] === 'string' ? parseTarget(details['target']) : null;
    if (failed) table.learn({ ...NOTHING, target: failed, failed: true });
  }
  const isModel = record.operation === 'generate' || record.operation === 'embed';
  if (!target || !isModel || attempts === 0 || !tellsLatency(record)) return;
  if (record.status === 'error') {
    if (isTargetsFault(record.errorCode)) table.learn({ ...NOTHING, target, failed: true });
    return;
  }
  if (record.status !== 'ok') return;
  // What several requests took and consumed together says nothing of one of them.
  const single = attempts === 1 && !record.costParts.some(({ stage }) => stage !== undefined);
  const tokens = promptTokens(usage) + usage.output;
  table.learn({
    target,
    failed: false,
    ttftMs: single ? record.ttftMs : null,
    totalMs: single ? record.totalMs : null,
    outputTokens:
      single && record.usageSource !== null && record.operation === 'generate' ? usage.output : null,
    usdPerToken: single && costUsd !== null && tokens > 0 ? Number(costUsd) / tokens : null,
  });
}

const NOTHING = { ttftMs: null, totalMs: null, outputTokens: null, usdPerToken: null } as const;
