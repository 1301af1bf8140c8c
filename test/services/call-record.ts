import { uuidv7 } from '../../src/core/ids.ts';
import type { CallRecord } from '../../src/core/record.ts';
import { usageOf } from '../../src/core/usage.ts';

/** A finished call as the gateway writes it, with whatever the test cares about set. */
export function callRecord(set: Partial<CallRecord> = {}): CallRecord {
  const startedAt = set.startedAt ?? '2026-11-24T10:20:30.400Z';
  return {
    id: uuidv7(Date.parse(startedAt)),
    startedAt,
    status: 'ok',
    httpStatus: 200,
    errorCode: null,
    errorMessage: null,
    dialect: 'openai-chat',
    operation: 'generate',
    stream: true,
    requestedModel: 'fast',
    target: { provider: 'openai', model: 'gpt-4o-mini' },
    servedModel: 'gpt-4o-mini-2024-07-18',
    attempts: 1,
    finishReason: 'stop',
    keyId: '0191f1d0-0000-7000-8000-000000000001',
    keyName: 'search service',
    team: 'search',
    user: 'ana',
    session: null,
    traceId: null,
    tags: { feature: 'search', env: 'prod' },
    usage: usageOf({ input: 1_000, output: 200 }),
    usageSource: 'provider',
    serviceTier: 'default',
    costUsd: '0.000270',
    unpriced: false,
    unpricedReason: null,
    costParts: [
      { kind: 'input', units: 1_000, rateUsd: '0.15', per: 'million-tokens', costUsd: '0.000150' },
      { kind: 'output', units: 200, rateUsd: '0.60', per: 'million-tokens', costUsd: '0.000120' },
    ],
    priceVersion: 'genai-prices@0.1.8',
    ttftMs: 210.25,
    totalMs: 1_840.5,
    overheadMs: 0.31,
    warnings: [],
    decisions: [{ stage: 'route', action: 'chose', why: 'the first target of "fast"', atMs: 0.2 }],
    requestBody: null,
    responseBody: null,
    ...set,
  };
}
