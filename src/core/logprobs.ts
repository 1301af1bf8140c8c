/** That a client or a stage wants to know how likely each token of the answer was. */
export interface LogprobsWish {
  /** Alternatives to tell for each token; 0: none. */
  readonly top: number;
  /** A stage's own wish: left out without a word where the target has no such thing. */
  readonly ifPossible?: true;
}

export interface NamedLogprob {
  readonly token: string;
  /** Natural logarithm of its probability: 0 is certain. */
  readonly logprob: number;
  /** Its bytes, where the text does not say them: parts of a character. */
  readonly bytes?: readonly number[];
}

/** One token of an answer, as likely as it was to the model. */
export interface TokenLogprob extends NamedLogprob {
  /** The most likely tokens in its place, where they were asked for. */
  readonly top: readonly NamedLogprob[];
}

/** How likely an answer's tokens were. */
export interface AnswerLogprobs {
  readonly tokens: readonly TokenLogprob[];
  /** Mean over the answer in the provider's own count, where it tells of no tokens. */
  readonly mean?: number;
}
