import type { ProviderKind } from '../../provider-kind.ts';
import { geminiBatches } from '../../batch/gemini-batches.ts';
import { retryAfterMs } from '../../limits/retry-after.ts';

const OWN_MODELS =
  /^(?:models\/)?(?:gemini|gemma|learnlm|imagen|veo|lyria|aqa|embedding-|text-embedding-0|text-multilingual)/;

export const google: ProviderKind = {
  kind: 'google',
  title: 'Google Gemini',
  defaultBaseUrl: 'https://generativelanguage.googleapis.com',
  envKeys: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  needsKey: true,
  owner: 'google',
  dialects: ['gemini'],
  servesAnyModel: false,
  ownsModel: (model) => OWN_MODELS.test(model),
  authorize: (key) => ({ 'x-goog-api-key': key.reveal() }),
  defaultHeaders: {},
  accountHeaders: ['x-goog-user-project'],
  credentialQuery: 'key',
  promptCaching: null,
  batches: geminiBatches,
  limits: (headers, now) => ({ retryAfterMs: retryAfterMs(headers, now), exhaustedMs: null }),
};
