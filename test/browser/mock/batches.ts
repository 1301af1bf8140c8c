import type { Batch, BatchHours, BatchItem, BatchItemState } from '../../../web/src/api/types.ts';

const HOUR_MS = 3_600_000;

export const MOCK_HOURS: BatchHours = {
  enabled: true,
  providers: true,
  windows: ['22:00-06:00'],
  timezone: 'Europe/Berlin',
  opensAt: null,
};

/** One that runs, one that is done, one that was cancelled, and one whose file was wrong. */
export function mockBatches(now: number): Batch[] {
  const at = (hours: number): string => new Date(now + hours * HOUR_MS).toISOString();
  const batch = (index: number, hours: number, change: Partial<Batch>): Batch => ({
    id: `batch_0192f1d00000700080000000${String(index).padStart(8, '0')}`,
    status: 'completed',
    endpoint: '/v1/chat/completions',
    keyName: 'search-prod',
    team: 'search',
    user: null,
    tags: { feature: 'summaries' },
    metadata: { job: 'nightly' },
    total: 0,
    completed: 0,
    failed: 0,
    waiting: 0,
    running: 0,
    submitted: 0,
    carriers: [],
    costUsd: '0.000000',
    savedUsd: '0.000000',
    unpricedCalls: 0,
    createdAt: at(hours),
    startedAt: at(hours),
    expiresAt: at(hours + 24),
    cancellingAt: null,
    endedAt: at(hours + 2),
    problems: [],
    ...change,
  });
  return [
    batch(4, -1, {
      status: 'in_progress',
      total: 240,
      completed: 91,
      failed: 3,
      waiting: 22,
      running: 4,
      submitted: 120,
      carriers: [
        { provider: 'openai', asBatch: true, calls: 180 },
        { provider: 'groq', asBatch: false, calls: 34 },
        { provider: null, asBatch: false, calls: 26 },
      ],
      costUsd: '0.041234',
      savedUsd: '0.030151',
      endedAt: null,
    }),
    batch(3, -26, {
      total: 12_000,
      completed: 11_998,
      failed: 2,
      carriers: [{ provider: 'anthropic', asBatch: true, calls: 11_998 }],
      costUsd: '18.402110',
      savedUsd: '18.402110',
    }),
    batch(2, -50, {
      status: 'cancelled',
      endpoint: '/v1/embeddings',
      keyName: null,
      team: null,
      tags: {},
      metadata: null,
      total: 40,
      completed: 10,
      failed: 30,
      carriers: [{ provider: 'openai', asBatch: true, calls: 10 }],
      costUsd: '0.000410',
      savedUsd: '0.000410',
    }),
    batch(1, -74, {
      status: 'failed',
      problems: [
        { code: 'invalid_json', message: 'This line is no JSON object.', line: 1 },
        { code: 'duplicate_custom_id', message: 'The custom_id "a" was used before.', line: 3 },
      ],
    }),
  ];
}

const ERRORS: readonly NonNullable<BatchItem['error']>[] = [
  { code: 'invalid_request', message: 'temperature must be at most 2; this call asks for 9.' },
  { code: 'rate_limited', message: 'groq answered 429 five times.' },
];

/** The calls of a batch, as many as it says there are in each state. */
export function mockItems(batch: Batch, callId: string): BatchItem[] {
  const states: readonly (readonly [BatchItemState, number])[] = [
    ['answered', batch.completed],
    ['failed', batch.failed],
    ['running', batch.running],
    ['submitted', batch.submitted],
    ['waiting', batch.waiting],
  ];
  return states
    .flatMap(([state, calls]) => Array.from({ length: calls }, () => state))
    .slice(0, 500)
    .map((state, index) => ({
      line: index + 1,
      customId: `article-${String(index + 1).padStart(4, '0')}`,
      model: index % 3 === 0 ? 'groq/llama-3.3-70b-versatile' : 'gpt-4o-mini',
      state,
      attempt: state === 'waiting' && index % 7 === 0 ? 2 : 0,
      notBefore: null,
      error: state === 'failed' ? (ERRORS[index % ERRORS.length] ?? null) : null,
      callId: state === 'answered' ? callId : null,
    }));
}
