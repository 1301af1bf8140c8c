import { usdFromPico } from '../../core/money.ts';
import type { PriceBook } from '../../core/ports.ts';
import { FREE, type PricedCost } from '../../core/price.ts';
import type { CallRecord } from '../../core/record.ts';
import { sha256 } from '../../core/secret.ts';
import type { Target } from '../../core/target.ts';
import { NO_USAGE, promptTokens, usageOf } from '../../core/usage.ts';
import type { Usage } from '../../core/usage.ts';
import { drawOne, drawSkewed, drawUuidv7 } from '../draw.ts';
import type { Draw } from '../draw.ts';
import { kindOf } from '../providers.ts';
import type { Workload } from '../workloads.ts';
import { applyLevers, type PriceOf } from './levers.ts';
import { drawOutcome } from './outcome.ts';
import type { Outcome } from './outcome.ts';

export interface Circumstances {
  /** Epoch milliseconds. */
  readonly at: number;
  /** How many times as long as usual the prompt is. */
  readonly prompts: number;
  readonly failures: number;
}

/** One row of the imagined past, priced by the real price book. */
export function historyCall(
  workload: Workload,
  { at, prompts, failures }: Circumstances,
  book: PriceBook,
  draw: Draw,
): CallRecord {
  const drawn = drawOutcome(workload, failures, draw);
  const consumed = drawn.status !== 'error';
  const streamed = draw() < workload.streamedShare;
  const tierOf = (target: Target): string | null =>
    target === workload.targets[0] ? workload.serviceTier : null;
  const priceOf: PriceOf = (target, usage) =>
    book.price({
      target,
      servedModel: target.model,
      providerKind: kindOf(target.provider),
      usage,
      at,
      serviceTier: tierOf(target),
    });
  const { outcome, usage, cost, stored } = consumed
    ? applyLevers(workload, drawn, drawUsage(workload, drawn, prompts, draw), priceOf, draw)
    : { outcome: drawn, usage: NO_USAGE, cost: FREE, stored: false };
  return {
    id: drawUuidv7(at, draw),
    startedAt: new Date(at).toISOString(),
    status: outcome.status,
    httpStatus: outcome.httpStatus,
    errorCode: outcome.errorCode,
    errorMessage: outcome.errorMessage,
    dialect: workload.dialect,
    operation: workload.operation,
    stream: streamed,
    requestedModel: workload.requestedModel,
    target: outcome.target,
    servedModel: consumed ? outcome.target.model : null,
    attempts: outcome.attempts,
    finishReason: outcome.status === 'ok' && workload.operation === 'generate' ? 'stop' : null,
    ...who(workload, at, draw),
    usage,
    usageSource: stored ? null : usageSource(outcome, draw),
    serviceTier: consumed && !stored ? tierOf(outcome.target) : null,
    ...billOf(cost),
    ...(stored ? timesOfStored(streamed, draw) : times(workload, outcome, usage, streamed, draw)),
    warnings: [],
    decisions: outcome.decisions,
    requestBody: null,
    responseBody: null,
  };
}

function drawUsage(workload: Workload, outcome: Outcome, prompts: number, draw: Draw): Usage {
  const { sharedTokens, cachedShare, reasoningShare } = workload;
  const { provider } = outcome.target;
  const fresh = drawSkewed(workload.freshTokens, draw) * prompts;
  const cached = sharedTokens > 0 && draw() < cachedShare;
  const whole = drawSkewed(workload.outputTokens, draw);
  const output = outcome.status === 'aborted' ? Math.ceil(whole * draw()) : whole;
  return usageOf({
    // Only Anthropic bills what is written to its cache.
    input: cached || (provider === 'anthropic' && cachedShare > 0) ? fresh : fresh + sharedTokens,
    cacheRead: cached ? sharedTokens : 0,
    cacheWrite5m: !cached && provider === 'anthropic' && cachedShare > 0 ? sharedTokens : 0,
    output,
    reasoning: Math.floor(output * reasoningShare),
  });
}

function usageSource({ status }: Outcome, draw: Draw): CallRecord['usageSource'] {
  switch (status) {
    case 'ok':
      return 'provider';
    case 'aborted':
      return draw() < 0.7 ? 'provider' : 'estimated';
    case 'error':
      return null;
  }
}

/** Under which names the call is booked. */
function who(
  { feature, team, users }: Workload,
  at: number,
  draw: Draw,
): Pick<CallRecord, 'keyId' | 'keyName' | 'team' | 'user' | 'session' | 'traceId' | 'tags'> {
  const env = drawOne(['prod', 'prod', 'prod', 'prod', 'staging', 'dev'], draw);
  const user = drawOne(users, draw);
  const keyName = `demo ${team} ${env}`;
  return {
    keyId: drawUuidv7(at - (at % 1e12), keyDraw(keyName)),
    keyName,
    team,
    user,
    session: `${feature}-${user}-${Math.floor(at / 1_200_000).toString(36)}`,
    traceId: null,
    tags: { feature, env },
  };
}

/** The same bits for the same key. */
function keyDraw(keyName: string): Draw {
  const digits = sha256(keyName);
  let index = 0;
  return () => {
    index += 1;
    return Number.parseInt(digits.charAt(index % digits.length), 16) / 16;
  };
}

function billOf(
  cost: PricedCost,
): Pick<CallRecord, 'costUsd' | 'unpriced' | 'unpricedReason' | 'costParts' | 'priceVersion'> {
  if (!cost.priced) {
    return { costUsd: null, unpriced: true, unpricedReason: cost.why, costParts: [], priceVersion: null };
  }
  return {
    costUsd: usdFromPico(cost.total),
    unpriced: false,
    unpricedReason: null,
    costParts: cost.parts.map((part) => ({
      kind: part.kind,
      units: part.units,
      rateUsd: part.rateUsd,
      per: part.per,
      costUsd: usdFromPico(part.cost),
    })),
    priceVersion: cost.version,
  };
}

function times(
  workload: Workload,
  { status, waitedMs }: Outcome,
  usage: Usage,
  streamed: boolean,
  draw: Draw,
): Pick<CallRecord, 'ttftMs' | 'totalMs' | 'overheadMs'> {
  const overheadMs = 0.15 + draw() * 0.6;
  const first = waitedMs + drawSkewed(workload.firstTokenMs, draw) + promptTokens(usage) * 0.02 + overheadMs;
  const total = first + (usage.output / workload.tokensPerSecond) * 1000;
  return {
    ttftMs: streamed && status !== 'error' ? rounded(first) : null,
    totalMs: rounded(status === 'error' ? waitedMs + 180 + draw() * 200 : total),
    overheadMs: rounded(overheadMs),
  };
}

/** An answer from the store waits for nobody. */
function timesOfStored(streamed: boolean, draw: Draw): Pick<CallRecord, 'ttftMs' | 'totalMs' | 'overheadMs'> {
  const overheadMs = rounded(0.4 + draw() * 1.5);
  const totalMs = rounded(overheadMs + 0.1);
  return { ttftMs: streamed ? overheadMs : null, totalMs, overheadMs };
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
