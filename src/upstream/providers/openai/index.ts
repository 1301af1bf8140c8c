import type { ProviderKind } from '../../provider-kind.ts';
import { openaiBatches } from '../../batch/openai-batches.ts';
import { durationMs, exhaustedMs, type LimitHeaders } from '../../limits/resets.ts';
import { retryAfterMs } from '../../limits/retry-after.ts';

const LIMITS: readonly LimitHeaders[] = [
  { remaining: 'x-ratelimit-remaining-requests', reset: 'x-ratelimit-reset-requests' },
  { remaining: 'x-ratelimit-remaining-tokens', reset: 'x-ratelimit-reset-tokens' },
];

const OWN_MODELS =
  /^(?:gpt-|chatgpt-|o\d|codex-|computer-use-|text-embedding-[3a]|davinci|babbage|dall-e|whisper|tts-|sora|omni-|ft:)/;

export const openai: ProviderKind = {
  kind: 'openai',
  title: 'OpenAI',
  defaultBaseUrl: 'https://api.openai.com/v1',
  envKeys: ['OPENAI_API_KEY'],
  needsKey: true,
  owner: 'openai',
  dialects: ['openai-chat', 'openai-responses'],
  servesAnyModel: false,
  ownsModel: (model) => OWN_MODELS.test(model),
  authorize: (key) => ({ authorization: `Bearer ${key.reveal()}` }),
  defaultHeaders: {},
  accountHeaders: ['openai-organization', 'openai-project'],
  credentialQuery: null,
  promptCaching: { kind: 'key', minTokens: () => 1024 },
  batches: openaiBatches,
  limits: (headers, now) => ({
    retryAfterMs: retryAfterMs(headers, now),
    exhaustedMs: exhaustedMs(headers, LIMITS, durationMs),
  }),
};
