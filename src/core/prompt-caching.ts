/** How a provider caches the beginnings of prompts, and what a client has to do for it. */
export type PromptCaching =
  /** Ends of cached beginnings are marked in the prompt; writing costs more than plain input. */
  | {
      readonly kind: 'marks';
      readonly mostMarks: number;
      /** Shorter beginnings are not cached. */
      readonly minTokens: (model: string) => number;
    }
  /** Automatic; a key keeps calls with the same beginning together. */
  | { readonly kind: 'key'; readonly minTokens: (model: string) => number };
