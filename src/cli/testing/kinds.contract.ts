import type { ProviderKindInfo } from '../config/kinds.ts';

/** Kinds of providers for tests of the configuration, which must not depend on those that exist. */
export const KINDS: readonly ProviderKindInfo[] = [
  { kind: 'openai', defaultBaseUrl: 'https://api.openai.com/v1', envKeys: ['OPENAI_API_KEY'] },
  { kind: 'anthropic', defaultBaseUrl: 'https://api.anthropic.com', envKeys: ['ANTHROPIC_API_KEY'] },
  {
    kind: 'google',
    defaultBaseUrl: 'https://generativelanguage.googleapis.com',
    envKeys: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  },
  { kind: 'openai-compatible', defaultBaseUrl: null, envKeys: [] },
];
