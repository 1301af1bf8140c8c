import type { Caller, Operation } from '../core/call.ts';
import type { Decision } from '../core/decision.ts';
import type { Dialect, Route } from '../core/dialect.ts';
import type { CallError } from '../core/errors.ts';
import { usdFromPico } from '../core/money.ts';
import type { FinishPart, UsagePart } from '../core/part.ts';
import { type CostPart, FREE, type PricedCost } from '../core/price.ts';
import type { CallRecord, CallStatus, RecordedCostPart } from '../core/record.ts';
import { redactSecrets } from '../core/redact.ts';
import type { Target } from '../core/target.ts';
import type { Trail } from '../core/trail.ts';
import { NO_USAGE } from '../core/usage.ts';

const MOST_MESSAGE_LENGTH = 2000;

/** Everything known of a call when it is over. */
export interface Finished {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  readonly status: CallStatus;
  readonly httpStatus: number;
  readonly error: CallError | null;
  readonly dialect: string;
  readonly operation: Operation;
  readonly stream: boolean;
  readonly requestedModel: string;
  readonly target: Target | null;
  readonly trail: Trail;
  readonly decisions: readonly Decision[];
  readonly caller: Caller;
  readonly usage: UsagePart | null;
  readonly finish: FinishPart | null;
  readonly cost: PricedCost;
  readonly ttftMs: number | null;
  readonly totalMs: number;
  readonly overheadMs: number;
  readonly warnings: readonly string[];
  readonly requestBody: string | null;
  readonly responseBody: string | null;
}

export function recordOf(call: Finished): CallRecord {
  const { caller, cost, error, target, usage } = call;
  return {
    id: call.id,
    startedAt: new Date(call.receivedAt).toISOString(),
    status: call.status,
    httpStatus: call.httpStatus,
    errorCode: error?.code ?? null,
    errorMessage: error && redactSecrets(error.message).slice(0, MOST_MESSAGE_LENGTH),
    dialect: call.dialect,
    operation: call.operation,
    stream: call.stream,
    requestedModel: call.requestedModel,
    target: target && { provider: target.provider, model: target.model },
    servedModel: usage?.model ?? null,
    attempts: call.trail.attempts,
    finishReason: call.finish?.reason ?? null,
    keyId: caller.keyId,
    keyName: caller.keyName,
    team: caller.team,
    user: caller.user,
    session: caller.session,
    traceId: caller.traceparent?.split('-')[1] ?? null,
    tags: caller.tags,
    usage: usage?.usage ?? NO_USAGE,
    usageSource: usage?.source ?? null,
    serviceTier: usage?.serviceTier ?? null,
    costUsd: cost.priced ? usdFromPico(cost.total) : null,
    unpriced: !cost.priced,
    unpricedReason: cost.priced ? null : cost.why,
    costParts: cost.priced ? cost.parts.map(recordedPart) : [],
    priceVersion: cost.priced ? cost.version : null,
    ttftMs: call.ttftMs === null ? null : rounded(call.ttftMs),
    totalMs: rounded(call.totalMs),
    overheadMs: rounded(call.overheadMs),
    warnings: call.warnings,
    decisions: call.decisions,
    requestBody: call.requestBody,
    responseBody: call.responseBody,
  };
}

function recordedPart({ kind, units, rateUsd, per, cost, stage, target }: CostPart): RecordedCostPart {
  const part = { kind, units, rateUsd, per, costUsd: usdFromPico(cost) };
  // On the path of every call, and most parts have neither.
  if (stage === undefined && target === undefined) return part;
  return { ...part, ...(stage !== undefined && { stage }), ...(target !== undefined && { target }) };
}

/** Milliseconds to three decimals: a microsecond. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/** The row of a call that was refused before it could be sent: its body was no request, or too large. */
export function rejectedRecord(rejected: {
  readonly id: string;
  readonly receivedAt: number;
  readonly caller: Caller;
  readonly trail: Trail;
  readonly error: CallError;
  readonly dialect: Dialect;
  readonly route: Route | null;
  readonly totalMs: number;
}): CallRecord {
  const { error, route, totalMs } = rejected;
  return recordOf({
    ...rejected,
    status: error.code === 'client_aborted' ? 'aborted' : 'error',
    httpStatus: error.status,
    dialect: rejected.dialect.name,
    operation: route?.operation ?? 'relay',
    stream: route?.stream ?? false,
    requestedModel: route?.model ?? '',
    target: null,
    usage: null,
    finish: null,
    cost: FREE,
    decisions: [],
    ttftMs: null,
    overheadMs: totalMs,
    warnings: [],
    requestBody: null,
    responseBody: null,
  });
}
