import type { Call } from '../core/call.ts';
import type { Dialect, Framing } from '../core/dialect.ts';
import { CallError } from '../core/errors.ts';
import type { UsagePart } from '../core/part.ts';
import type { Log, PriceBook, TokenCounter } from '../core/ports.ts';
import type { CallRecord, CallStatus } from '../core/record.ts';
import type { Settings } from '../core/settings.ts';
import type { Target } from '../core/target.ts';
import { billOf, wholeUsage } from './bill.ts';
import { storedBodies } from './bodies.ts';
import { estimateUsage } from './estimate.ts';
import type { Machines } from './machines.ts';
import type { Meter } from './meter.ts';
import { recordOf } from './record.ts';
import type { Outcome } from './run-call.ts';
import { decisionsOf } from './savings.ts';

export interface SettleDeps {
  readonly settings: () => Settings;
  readonly prices: () => PriceBook;
  readonly tokens: TokenCounter;
  readonly machines: Machines;
  readonly log: Log;
}

const CLIENT_LEFT = new CallError(
  'client_aborted',
  'The client closed the connection before the answer was complete.',
);

/** What a call consumed, what that cost, and the row that says so. */
export async function settleCall(
  deps: SettleDeps,
  call: Call,
  dialect: Dialect,
  framing: Framing,
  meter: Meter,
  outcome: Outcome,
): Promise<CallRecord> {
  const settings = deps.settings();
  // What stages asked besides may have been sent after the answer: its own head says whose it is.
  const target = meter.head?.target ?? call.trail.lastTarget;
  const stored = meter.head?.stored === true;
  const usage = stored ? null : await usageOfCall(deps, call, dialect, framing, meter, target, outcome);
  const answered = { target, usage, stored, failed: outcome.error !== null };
  const pricing = { prices: deps.prices(), settings, at: call.receivedAt };
  const bill = billOf(pricing, call, answered, deps.machines.take(call.id));
  const error = outcome.clientLeft ? CLIENT_LEFT : outcome.error;
  const { totalMs, overheadMs } = meter.times();
  return recordOf({
    id: call.id,
    receivedAt: call.receivedAt,
    status: statusOf(outcome),
    httpStatus: error?.wire?.status ?? error?.status ?? meter.head?.status ?? 200,
    error,
    dialect: call.dialect,
    operation: call.operation,
    stream: call.stream && call.operation !== 'relay',
    requestedModel: call.requestedModel,
    target,
    trail: call.trail,
    caller: call.caller,
    usage: wholeUsage(usage, call.trail.expenses),
    finish: meter.finish,
    cost: bill.total,
    decisions: decisionsOf(pricing, call.trail.decisions, answered, bill),
    ttftMs: call.stream ? meter.ttftMs : null,
    totalMs,
    overheadMs,
    warnings: meter.head?.warnings ?? [],
    ...storedBodies(settings.store, call, meter),
  });
}

function statusOf(outcome: Outcome): CallStatus {
  if (outcome.clientLeft) return 'aborted';
  return outcome.error ? 'error' : 'ok';
}

/**
 * The provider's own final count where it came. Else, where the provider worked (it answered without usage, or was cut off
 * while answering), an estimate; what it had reported so far is kept, as its output is only that of the beginning.
 */
async function usageOfCall(
  deps: SettleDeps,
  call: Call,
  dialect: Dialect,
  framing: Framing,
  meter: Meter,
  target: Target | null,
  outcome: Outcome,
): Promise<UsagePart | null> {
  const { usage, finish, seen } = meter;
  if (usage && finish) return usage;
  const worked = usage !== null || seen.length > 0 || outcome.clientLeft || !outcome.error;
  if (!worked || !target) return null;
  try {
    const estimate = await estimateUsage(call, dialect, target, seen, framing, deps.tokens);
    return estimate && usage ? completed(usage, estimate) : (usage ?? estimate);
  } catch (error) {
    deps.log.error('could not estimate the tokens of a call', { callId: call.id, error });
    return usage;
  }
}

function completed(reported: UsagePart, estimate: UsagePart): UsagePart {
  const output = Math.max(reported.usage.output, estimate.usage.output);
  return { ...reported, source: 'estimated', usage: { ...reported.usage, output } };
}
