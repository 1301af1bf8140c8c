import type { Generation } from './generation.ts';
import type { ChoiceEvent } from './run-choices.ts';

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
}

/** Sums what the answers of a request used. A prompt counts once, however many answers it has. */
export interface UsageCount {
  add(event: ChoiceEvent): void;
  usage(): Usage;
}

export function countUsage({ choices }: Pick<Generation, 'choices'>): UsageCount {
  let prompt = 0;
  let completion = 0;
  let cached = 0;
  return {
    add: ({ index, event }) => {
      if (event.type !== 'finish') return;
      completion += event.completionTokens;
      if (index % choices !== 0) return;
      prompt += event.promptTokens;
      cached += event.cachedTokens;
    },
    usage: () => ({
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
      prompt_tokens_details: { cached_tokens: cached },
    }),
  };
}
