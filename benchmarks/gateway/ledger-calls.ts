import { randomBytes } from 'node:crypto';
import type { CallRecord } from '../../src/core/record.ts';
import type { Usage } from '../../src/core/usage.ts';

const MODELS = Array.from({ length: 20 }, (_, index) => ({
  provider: ['openai', 'anthropic', 'google', 'our-vllm'][index % 4] ?? '',
  model: `model-${index}`,
}));
const FEATURES = ['search', 'chat', 'summary', 'agent', 'extraction', 'mail'];

/** 40 keys in 8 teams, each with a few models and one or two features of its own, as applications have. */
const KEYS = Array.from({ length: 40 }, (_, index) => ({
  id: `0191f1d0-0000-7000-8000-${String(index).padStart(12, '0')}`,
  name: `service ${index}`,
  team: `team-${index % 8}`,
  user: `owner-${index % 25}`,
  models: Array.from(
    { length: 1 + (index % 4) },
    (_, turn) => MODELS[(index * 7 + turn * 3) % MODELS.length],
  ),
  features: [FEATURES[index % FEATURES.length] ?? '', FEATURES[(index + 1) % FEATURES.length] ?? ''],
}));

let seed = 1;
function random(): number {
  seed = (seed * 1_664_525 + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
}

function pick<T>(values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T;
}

const NONE: Usage = {
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
  inputAudio: 0,
  inputImage: 0,
  cacheReadAudio: 0,
  outputAudio: 0,
  outputImage: 0,
  webSearches: 0,
  fileSearches: 0,
};

/** A call as the gateway records it, about 1.2 KB of JSON; `at` in epoch milliseconds. */
export function someCall(at: number): CallRecord {
  // A few keys make most of the calls.
  const key = KEYS[Math.floor(KEYS.length * random() ** 2)] as (typeof KEYS)[number];
  const target = pick(key.models) ?? null;
  const failed = random() < 0.03;
  const input = Math.floor(random() * 4_000);
  const output = failed ? 0 : Math.floor(random() * 900);
  const inputUsd = (input * 2.5e-6).toFixed(7);
  const outputUsd = (output * 1e-5).toFixed(5);
  const totalMs = Math.exp(6 + random() * 3);
  return {
    id: uuidv7(at),
    startedAt: new Date(at).toISOString(),
    status: failed ? 'error' : 'ok',
    httpStatus: failed ? 502 : 200,
    errorCode: failed ? 'upstream_error' : null,
    errorMessage: failed ? 'The provider answered 500: internal error' : null,
    dialect: target?.provider === 'anthropic' ? 'anthropic' : 'openai-chat',
    operation: 'generate',
    stream: random() < 0.6,
    requestedModel: target?.model ?? '',
    target,
    servedModel: `${target?.model}-2026-10-01`,
    attempts: 1,
    finishReason: failed ? null : 'stop',
    keyId: key.id,
    keyName: key.name,
    team: key.team,
    user: key.user,
    session: random() < 0.3 ? `session-${Math.floor(random() * 10_000)}` : null,
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    tags: { feature: pick(key.features), env: random() < 0.8 ? 'prod' : 'dev' },
    usage: { ...NONE, input, output, cacheRead: random() < 0.3 ? 2_048 : 0 },
    usageSource: failed ? null : 'provider',
    serviceTier: 'default',
    costUsd: (Number(inputUsd) + Number(outputUsd)).toFixed(7),
    unpriced: false,
    unpricedReason: null,
    costParts: [
      { kind: 'input', units: input, rateUsd: '2.5', per: 'million-tokens', costUsd: inputUsd },
      { kind: 'output', units: output, rateUsd: '10', per: 'million-tokens', costUsd: outputUsd },
    ],
    priceVersion: 'genai-prices@0.1.8',
    ttftMs: failed ? null : totalMs * (0.1 + random() * 0.3),
    totalMs,
    overheadMs: 0.2 + random() * 0.6,
    warnings: [],
    decisions: [
      { stage: 'route', action: 'chose', why: 'the first target of the alias "fast"', atMs: 0.41 },
      { stage: 'retry', action: 'tried', why: 'the first try at this target', atMs: 0.52 },
    ],
    requestBody: null,
    responseBody: null,
  };
}

function uuidv7(at: number): string {
  const time = Math.floor(at).toString(16).padStart(12, '0');
  const rest = randomBytes(10).toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(4, 7)}-${rest.slice(7, 19)}`;
}
