import type { About, KeyLimits, KeyView, Machine } from '../../../web/src/api/types.ts';
import { MOCK_PEOPLE } from './models.ts';

const DAY_MS = 86_400_000;

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

export function mockAbout(now: number): About {
  return {
    name: 'infinite-llm',
    version: '0.1.0',
    demo: false,
    startedAt: iso(now - 3 * DAY_MS),
    auth: { required: false },
    store: { kind: 'embedded', healthy: true, journaledRows: 0, bodies: true },
    config: { file: 'infinite-llm.yaml', error: null, loadedAt: iso(now - 2 * DAY_MS) },
    workers: 1,
    passthroughCredential: false,
    providers: [
      {
        name: 'openai',
        kind: 'openai',
        baseUrl: 'https://api.openai.com/v1',
        dialects: ['openai-responses', 'openai-chat'],
        keys: [
          { fingerprint: '3f9a1c', state: 'ready', until: null },
          { fingerprint: 'b07e42', state: 'cooling', until: iso(now + 42_000) },
        ],
        targets: [
          { model: 'gpt-4o-mini', breaker: 'closed' },
          { model: 'gpt-5', breaker: 'half-open' },
        ],
      },
      {
        name: 'anthropic',
        kind: 'anthropic',
        baseUrl: 'https://api.anthropic.com',
        dialects: ['anthropic'],
        keys: [{ fingerprint: '91d3aa', state: 'ready', until: null }],
        targets: [
          { model: 'claude-sonnet-4-5', breaker: 'closed' },
          { model: 'claude-haiku-4-5', breaker: 'open' },
        ],
      },
      {
        name: 'google',
        kind: 'google',
        baseUrl: 'https://generativelanguage.googleapis.com',
        dialects: ['gemini'],
        keys: [],
        targets: [],
      },
      {
        name: 'our-vllm',
        kind: 'openai-compatible',
        baseUrl: 'http://vllm.internal:8000/v1',
        dialects: ['openai-chat'],
        keys: [],
        targets: [{ model: 'llama-3.3-70b-instruct', breaker: 'closed' }],
      },
    ],
    models: [
      { name: 'fast', targets: ['openai/gpt-4o-mini', 'google/gemini-2.5-flash'], strategy: 'in-order' },
      { name: 'private', targets: ['our-vllm/llama-3.3-70b-instruct'], strategy: 'in-order' },
    ],
  };
}

export function mockMachines(now: number): readonly Machine[] {
  return [
    {
      provider: 'our-vllm',
      hourlyUsd: '12.0',
      gpus: 4,
      since: iso(now - 3 * DAY_MS),
      busyMs: 96_400_000,
      idleMs: 162_800_000,
      busyCostUsd: '321.333333333333',
      idleCostUsd: '542.666666666667',
      idleShare: 162_800 / 259_200,
    },
  ];
}

/** By key: money and rates, a rate alone. */
const LIMITS: readonly (KeyLimits | null)[] = [
  {
    budget: { limitUsd: '50', per: 'month' },
    requestsPerMinute: 600,
    tokensPerMinute: 200_000,
    concurrency: null,
  },
  { budget: null, requestsPerMinute: null, tokensPerMinute: null, concurrency: 8 },
];

export function mockKeys(now: number): KeyView[] {
  const keys = MOCK_PEOPLE.flatMap(({ team, keyId, keyName }, index): KeyView[] => {
    if (!keyId) return [];
    return [
      {
        id: keyId,
        name: keyName,
        prefix: `sk-illm-${['3fK2', 'aR7q', 'Zp0x', 'm9Tc'][index] ?? 'xxxx'}`,
        scope: 'call',
        team,
        user: null,
        tags: index === 0 ? { env: 'prod' } : {},
        createdAt: iso(now - (40 - index * 6) * DAY_MS),
        revokedAt: null,
        expiresAt: index === 2 ? iso(now + 12 * DAY_MS) : null,
        lastUsedAt: iso(now - (index + 1) * 400_000),
        limits: LIMITS[index] ?? null,
        spentUsd30d: ['38.112204', '61.904417', '9.000018', '22.41'][index] ?? '0',
      },
    ];
  });
  const retired = {
    name: 'old-laptop',
    prefix: 'sk-illm-Q1w8',
    team: 'data',
    revokedAt: iso(now - 9 * DAY_MS),
  };
  const [first] = keys;
  return first
    ? [
        ...keys,
        {
          ...first,
          ...retired,
          id: '0192f000-0000-7000-8000-00000000000f',
          lastUsedAt: null,
          spentUsd30d: '0',
        },
      ]
    : keys;
}
