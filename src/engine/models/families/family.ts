/** What sets one family of Llama-like models apart from another. To add one: a file with this, and its line in `index.ts`. */
export interface Family {
  /** As users know it. */
  readonly name: string;
  /** `architectures` of config.json. */
  readonly huggingFace: string;
  /** `general.architecture` of a GGUF. */
  readonly gguf: string;
  /** llama.cpp's converter interleaves the rows of q and k for its own rotation. */
  readonly ggufPermutesHeads: boolean;
  readonly qkvBias: Presence;
  /** Norms over the values of each head of q and k. */
  readonly headNorms: Presence;
  /** Whether config.json's `sliding_window` is in force when `use_sliding_window` says nothing. */
  readonly windowByDefault: boolean;
  /** What a config.json of the family may leave out. */
  readonly defaults: { readonly theta: number; readonly tied: boolean };
}

export type Presence = 'never' | 'maybe' | 'always';
