import { NO_USAGE, type Usage, type UsageKind } from '../../../src/core/usage.ts';
import { picoFromUsd, usdFromPico } from '../../../src/core/money.ts';
import type { CallRecord, CallStatus, RecordedCostPart } from '../../../src/core/record.ts';
import type { Decision } from '../../../src/core/decision.ts';
import { MOCK_FAILURES, MOCK_MODELS, MOCK_PEOPLE, type MockModel } from './models.ts';
import { seededRandom } from './random.ts';
import { savingDecisions } from './savings.ts';

const HOUR_MS = 3_600_000;
const DAYS = 60;

type Random = () => number;

/** Calls of the last 60 days, newest first, with a day and night, a growing team and one bad hour. */
export function mockCalls(now: number, count: number): CallRecord[] {
  const random = seededRandom(7);
  const calls: CallRecord[] = [];
  for (let i = 0; i < count; i += 1) {
    const ageMs = DAYS * 24 * HOUR_MS * (i / count) ** 2;
    calls.push(mockCall(now - 4000 - ageMs, i, random));
  }
  return calls;
}

export function mockCall(at: number, index: number, random: Random): CallRecord {
  const model = pick(MOCK_MODELS, random);
  const people = pick(MOCK_PEOPLE, random);
  const who = Math.floor(random() * people.users.length);
  const feature = people.features[Math.floor(random() * people.features.length)] ?? null;
  const fate = random();
  const status: CallStatus = fate < 0.035 ? 'error' : fate < 0.05 ? 'aborted' : 'ok';
  const failure = MOCK_FAILURES[Math.floor(random() * MOCK_FAILURES.length)] ?? MOCK_FAILURES[0];
  const usage = status === 'error' ? NO_USAGE : usageFor(model, random);
  const parts = costPartsFor(model, usage);
  const cost = parts.reduce((sum, part) => sum + picoFromUsd(part.costUsd), 0n);
  const overheadMs = round(0.25 + random() * 0.6);
  const ttftMs = status === 'error' ? null : round(180 + random() * 500 + usage.input * 0.02);
  const totalMs = round(
    (ttftMs ?? 900 * random()) + usage.output * model.msPerToken * (0.7 + random() * 0.6) + 3,
  );
  const retried = random() < 0.06;
  const unpriced = model.rates === null && status !== 'error';
  return {
    id: idAt(at, index),
    startedAt: new Date(at).toISOString(),
    status,
    httpStatus: status === 'ok' ? 200 : status === 'aborted' ? 499 : failure.status,
    errorCode: status === 'ok' ? null : status === 'aborted' ? 'client_aborted' : failure.code,
    errorMessage:
      status === 'ok' ? null : status === 'aborted' ? 'The client closed the connection.' : failure.message,
    dialect: model.dialect,
    operation: model.outputTokens === 0 ? 'embed' : 'generate',
    stream: model.outputTokens > 0 && random() < 0.8,
    requestedModel: model.requested,
    target: { provider: model.provider, model: model.model },
    servedModel: status === 'error' ? null : model.model,
    attempts: retried ? 2 : 1,
    finishReason: status === 'ok' ? (random() < 0.05 ? 'length' : 'stop') : null,
    keyId: people.keyId,
    keyName: people.keyName,
    team: people.team,
    user: people.users[who] ?? null,
    session: random() < 0.4 ? `s-${1000 + Math.floor(random() * 400)}` : null,
    traceId: index % 3 === 0 ? idAt(at, index + 77).replaceAll('-', '') : null,
    tags: tagsFor(feature, random),
    usage,
    usageSource: status === 'error' ? null : status === 'aborted' ? 'estimated' : 'provider',
    serviceTier: model.provider === 'openai' ? 'default' : null,
    costUsd: unpriced ? null : usdFromPico(cost),
    unpriced,
    unpricedReason: unpriced ? `No price list knows ${model.provider}/${model.model}.` : null,
    costParts: unpriced ? [] : parts,
    priceVersion: unpriced ? null : model.provider === 'our-vllm' ? 'config' : 'genai-prices@0.1.8',
    ttftMs,
    totalMs,
    overheadMs,
    warnings: index % 41 === 0 ? ['anthropic has no logit_bias: it was left out'] : [],
    decisions: [
      ...(status === 'ok' ? savingDecisions(model, usage, index) : []),
      ...decisionsFor(model, retried, status === 'error' ? failure.message : null, overheadMs, totalMs),
    ],
    requestBody: null,
    responseBody: null,
  };
}

function usageFor(model: MockModel, random: Random): Usage {
  const prompt = Math.round(model.inputTokens * (0.3 + random() * 1.5));
  const cached = random() < 0.75 ? Math.round(prompt * model.cachedShare * (0.6 + random() * 0.5)) : 0;
  const written = model.rates?.cacheWrite5m && random() < 0.25 ? Math.round((prompt - cached) * 0.6) : 0;
  const output = Math.round(model.outputTokens * (0.3 + random() * 1.5));
  return {
    ...NO_USAGE,
    input: Math.max(0, prompt - cached - written),
    cacheRead: cached,
    cacheWrite5m: written,
    output,
    reasoning: Math.round(output * model.reasoningShare),
  };
}

function costPartsFor(model: MockModel, usage: Usage): readonly RecordedCostPart[] {
  if (!model.rates) return [];
  const rates: Readonly<Partial<Record<UsageKind, string>>> = model.rates;
  return (['input', 'cacheRead', 'cacheWrite5m', 'output'] as const).flatMap((kind) => {
    const rateUsd = rates[kind];
    const units = usage[kind];
    if (!rateUsd || units === 0) return [];
    const cost = (picoFromUsd(rateUsd) * BigInt(units)) / 1_000_000n;
    return [{ kind, units, rateUsd, per: 'million-tokens', costUsd: usdFromPico(cost) } as const];
  });
}

function decisionsFor(
  model: MockModel,
  retried: boolean,
  failure: string | null,
  overheadMs: number,
  totalMs: number,
): readonly Decision[] {
  const target = `${model.provider}/${model.model}`;
  const alias = model.requested === 'fast' || model.requested === 'private';
  const why = alias ? `First target of “${model.requested}” whose breaker is closed.` : 'Asked for by name.';
  const decisions: Decision[] = [
    { stage: 'route', action: 'chose', why, atMs: round(overheadMs * 0.4), details: { target } },
  ];
  if (retried)
    decisions.push({
      stage: 'retry',
      action: 'retried',
      why: 'The provider answered 503 before any content; waited 240 ms (full jitter).',
      atMs: round(totalMs * 0.12),
      details: { target, attempt: 2, waitedMs: 240 },
    });
  if (failure)
    decisions.push({ stage: 'retry', action: 'gave-up', why: failure, atMs: round(totalMs * 0.97) });
  return decisions;
}

function tagsFor(feature: string | null, random: Random): Readonly<Record<string, string>> {
  if (!feature) return {};
  return { feature, env: random() < 0.8 ? 'prod' : 'staging' };
}

function pick<T extends { readonly weight: number }>(from: readonly T[], random: Random): T {
  let rest = random() * from.reduce((sum, { weight }) => sum + weight, 0);
  for (const one of from) {
    rest -= one.weight;
    if (rest < 0) return one;
  }
  return from[0]!;
}

function idAt(at: number, index: number): string {
  const time = Math.floor(at).toString(16).padStart(12, '0');
  const tail = (index * 2_654_435_761).toString(16).padStart(12, '0').slice(-12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${tail.slice(0, 3)}-8${tail.slice(3, 6)}-${tail}`;
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
