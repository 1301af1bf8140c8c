import type { ProviderKind } from '../../provider-kind.ts';
import { anthropicBatches } from '../../batch/anthropic-batches.ts';
import { exhaustedMs, type LimitHeaders, untilMs } from '../../limits/resets.ts';
import { retryAfterMs } from '../../limits/retry-after.ts';

const LIMITS: readonly LimitHeaders[] = ['requests', 'tokens', 'input-tokens', 'output-tokens'].map(
  (limit) => ({
    remaining: `anthropic-ratelimit-${limit}-remaining`,
    reset: `anthropic-ratelimit-${limit}-reset`,
  }),
);

/** https://docs.claude.com/en/docs/build-with-claude/prompt-caching#cache-limitations; the most where a model is not known. */
function leastCachedTokens(model: string): number {
  if (/claude-(?:3-5-haiku|3-haiku|haiku-3|sonnet-4-6)/.test(model)) return 2048;
  if (/claude-(?:3-|sonnet-4|opus-4-(?:0|1|2)|opus-4$)/.test(model)) return 1024;
  return 4096;
}

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
  promptCaching: { kind: 'marks', mostMarks: 4, minTokens: leastCachedTokens },
  batches: anthropicBatches,
  limits: (headers, now) => ({
    retryAfterMs: retryAfterMs(headers, now),
    exhaustedMs: exhaustedMs(headers, LIMITS, (value) => untilMs(value, now)),
  }),
};
