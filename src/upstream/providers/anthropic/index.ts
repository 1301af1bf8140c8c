import type { ProviderKind } from '../../provider-kind.ts';
import { exhaustedMs, type LimitHeaders, untilMs } from '../../limits/resets.ts';
import { retryAfterMs } from '../../limits/retry-after.ts';

const LIMITS: readonly LimitHeaders[] = ['requests', 'tokens', 'input-tokens', 'output-tokens'].map(
  (limit) => ({
    remaining: `anthropic-ratelimit-${limit}-remaining`,
    reset: `anthropic-ratelimit-${limit}-reset`,
  }),
);

export const anthropic: ProviderKind = {
  kind: 'anthropic',
  title: 'Anthropic',
  defaultBaseUrl: 'https://api.anthropic.com',
  envKeys: ['ANTHROPIC_API_KEY'],
  needsKey: true,
  owner: 'anthropic',
  dialects: ['anthropic'],
  servesAnyModel: false,
  ownsModel: (model) => model.startsWith('claude'),
  authorize: (key) => ({ 'x-api-key': key.reveal() }),
  defaultHeaders: { 'anthropic-version': '2023-06-01' },
  accountHeaders: [],
  credentialQuery: null,
  limits: (headers, now) => ({
    retryAfterMs: retryAfterMs(headers, now),
    exhaustedMs: exhaustedMs(headers, LIMITS, (value) => untilMs(value, now)),
  }),
};
