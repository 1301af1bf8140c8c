import type { CallRecord } from '../../core/record.ts';
import { usageOf } from '../../core/usage.ts';
import type { ListedCall } from '../../store/index.ts';

export const CALL_ID = '01938c6e-1111-7000-8000-000000000001';

/** A good call of gpt-4o-mini, changed as told. */
export function callRecord(change: Partial<CallRecord> = {}): CallRecord {
  return {
    id: CALL_ID,
    startedAt: '2026-11-24T10:00:00.000Z',
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
    keyId: null,
    keyName: null,
    team: 'search',
    user: null,
    session: null,
    traceId: null,
    tags: { feature: 'answers' },
    usage: usageOf({ input: 100, output: 20 }),
    usageSource: 'provider',
    serviceTier: 'default',
    costUsd: '0.000027',
    unpriced: false,
    unpricedReason: null,
    costParts: [{ kind: 'input', units: 100, rateUsd: '0.15', per: 'million-tokens', costUsd: '0.000015' }],
    priceVersion: 'genai-prices@0.1.8',
    ttftMs: 210.5,
    totalMs: 900,
    overheadMs: 0.3,
    warnings: [],
    decisions: [
      {
        stage: 'route',
        action: 'chose',
        why: 'The first target of fast.',
        atMs: 0.1,
        details: { target: 'openai/gpt-4o-mini' },
      },
    ],
    requestBody: null,
    responseBody: null,
    ...change,
  };
}

/** The same as lists have it. */
export function listedCall(change: Partial<ListedCall> = {}): ListedCall {
  return { ...callRecord({ costParts: [], decisions: [] }), savings: {}, ...change };
}
