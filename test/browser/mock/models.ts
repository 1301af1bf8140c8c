/** Who is called in the mock: a share of the traffic, a size and dollars per million tokens. */
export interface MockModel {
  readonly provider: string;
  readonly model: string;
  readonly requested: string;
  readonly dialect: string;
  readonly weight: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedShare: number;
  readonly reasoningShare: number;
  readonly msPerToken: number;
  /** Null: no price is known. */
  readonly rates: {
    readonly input: string;
    readonly cacheRead: string;
    readonly cacheWrite5m?: string;
    readonly output: string;
  } | null;
}

function model(
  name: string,
  requested: string,
  dialect: string,
  weight: number,
  size: readonly [input: number, output: number, cached: number, reasoning: number, msPerToken: number],
  rates: MockModel['rates'],
): MockModel {
  const slash = name.indexOf('/');
  const [inputTokens, outputTokens, cachedShare, reasoningShare, msPerToken] = size;
  return {
    provider: name.slice(0, slash),
    model: name.slice(slash + 1),
    requested,
    dialect,
    weight,
    inputTokens,
    outputTokens,
    cachedShare,
    reasoningShare,
    msPerToken,
    rates,
  };
}

const SONNET = { input: '3', cacheRead: '0.3', cacheWrite5m: '3.75', output: '15' };
const HAIKU = { input: '1', cacheRead: '0.1', cacheWrite5m: '1.25', output: '5' };

export const MOCK_MODELS: readonly MockModel[] = [
  model('openai/gpt-4o-mini', 'fast', 'openai-chat', 30, [1800, 240, 0.3, 0, 9], {
    input: '0.15',
    cacheRead: '0.075',
    output: '0.6',
  }),
  model('openai/gpt-5', 'openai/gpt-5', 'openai-responses', 9, [4200, 900, 0.45, 0.5, 14], {
    input: '1.25',
    cacheRead: '0.125',
    output: '10',
  }),
  model('anthropic/claude-sonnet-4-5', 'claude-sonnet-4-5', 'anthropic', 16, [9400, 620, 0.7, 0, 16], SONNET),
  model('anthropic/claude-haiku-4-5', 'claude-haiku-4-5', 'anthropic', 12, [3200, 310, 0.5, 0, 8], HAIKU),
  model('google/gemini-2.5-flash', 'fast', 'gemini', 14, [2600, 380, 0.25, 0.2, 7], {
    input: '0.3',
    cacheRead: '0.075',
    output: '2.5',
  }),
  model('google/gemini-2.5-pro', 'gemini-2.5-pro', 'gemini', 4, [12000, 1400, 0.4, 0.6, 15], {
    input: '1.25',
    cacheRead: '0.31',
    output: '10',
  }),
  model('our-vllm/llama-3.3-70b-instruct', 'private', 'openai-chat', 10, [2100, 330, 0, 0, 21], {
    input: '0.42',
    cacheRead: '0.42',
    output: '0.9',
  }),
  model('openai/text-embedding-3-small', 'text-embedding-3-small', 'openai-chat', 4, [820, 0, 0, 0, 0], {
    input: '0.02',
    cacheRead: '0.02',
    output: '0',
  }),
  model(
    'openrouter/nova-preview-0910',
    'openrouter/nova-preview-0910',
    'openai-chat',
    1,
    [1500, 260, 0, 0, 11],
    null,
  ),
];

export const MOCK_FAILURES = [
  {
    code: 'rate_limited',
    status: 429,
    message:
      'openai answered 429: Rate limit reached for gpt-5 in organization org-x on tokens per min. Try again in 4.2 s, or add a second key under providers.openai.keys.',
  },
  {
    code: 'upstream_timeout',
    status: 504,
    message:
      'The first byte of the answer did not come within 60 s. Raise limits.firstByteMs, or add a second target to fall back on.',
  },
  { code: 'upstream_truncated', status: 502, message: "The provider's stream ended before its finish." },
  {
    code: 'context_too_long',
    status: 400,
    message:
      'The prompt has 131,904 tokens and the model takes 128,000: shorten messages, or ask for a model with a longer context.',
  },
  { code: 'upstream_error', status: 502, message: 'anthropic answered 529: Overloaded' },
] as const;

export const MOCK_PEOPLE = [
  {
    team: 'search',
    users: ['ada', 'linus'],
    features: ['rerank', 'query-rewrite'],
    keyId: '0192f000-0000-7000-8000-000000000001',
    keyName: 'search-prod',
    weight: 5,
  },
  {
    team: 'support',
    users: ['grace', 'alan'],
    features: ['reply-draft', 'ticket-summary'],
    keyId: '0192f000-0000-7000-8000-000000000002',
    keyName: 'helpdesk',
    weight: 6,
  },
  {
    team: 'growth',
    users: ['edsger'],
    features: ['copywriting', 'ticket-summary'],
    keyId: '0192f000-0000-7000-8000-000000000003',
    keyName: 'growth-lab',
    weight: 2,
  },
  {
    team: 'data',
    users: ['barbara', 'donald'],
    features: ['extract', 'classify'],
    keyId: '0192f000-0000-7000-8000-000000000004',
    keyName: 'nightly-etl',
    weight: 4,
  },
  { team: null, users: [null], features: [null], keyId: null, keyName: null, weight: 1 },
] as const;
