import type { Call } from '../core/call.ts';
import type { Dialect, Framing } from '../core/dialect.ts';
import { CallError } from '../core/errors.ts';
import type { UsagePart } from '../core/part.ts';
import type { Log, PriceBook, TokenCounter } from '../core/ports.ts';
import { FREE, type PricedCost } from '../core/price.ts';
import type { CallRecord, CallStatus } from '../core/record.ts';
import type { Settings } from '../core/settings.ts';
import type { Target } from '../core/target.ts';
import { storedBodies } from './bodies.ts';
import { estimateUsage } from './estimate.ts';
import type { Machines } from './machines.ts';
import type { Meter } from './meter.ts';
import { recordOf } from './record.ts';
import type { Outcome } from './run-call.ts';

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
  const target = call.trail.lastTarget;
  const usage = await usageOfCall(deps, call, dialect, framing, meter, target, outcome);
  const cost = costOf(deps, settings, call, target, usage, outcome);
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
    usage,
    finish: meter.finish,
    cost,
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

function costOf(
  deps: SettleDeps,
  settings: Settings,
  call: Call,
  target: Target | null,
  usage: UsagePart | null,
  outcome: Outcome,
): PricedCost {
  const machine = deps.machines.take(call.id);
  if (machine) return machine;
  if (!target) return FREE;
  if (!usage) {
    // A failed call consumed nothing; reading endpoints are free; of other unknown endpoints nobody knows.
    const unknown = call.operation === 'relay' && !outcome.error && call.wire.method === 'POST';
    return unknown ? { priced: false, why: 'the answer of this endpoint tells no usage' } : FREE;
  }
  return deps.prices().price({
    target,
    servedModel: usage.model ?? null,
    providerKind: settings.providers[target.provider]?.kind ?? '',
    usage: usage.usage,
    at: call.receivedAt,
    serviceTier: usage.serviceTier ?? null,
  });
}
