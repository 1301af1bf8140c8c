import type { ProviderKind } from '../provider-kind.ts';
import { anthropic } from './anthropic/index.ts';
import { google } from './google/index.ts';
import { openaiCompatible } from './openai-compatible/index.ts';
import { openai } from './openai/index.ts';

export const PROVIDER_KINDS: readonly ProviderKind[] = [openai, anthropic, google, openaiCompatible];

export function providerKind(kind: string): ProviderKind | undefined {
  return PROVIDER_KINDS.find((candidate) => candidate.kind === kind);
}
