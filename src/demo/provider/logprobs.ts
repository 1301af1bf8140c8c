import type { Scenario } from './scenario.ts';
import { seededRandom } from './words.ts';

export interface SimulatedToken {
  readonly token: string;
  readonly logprob: number;
}

/** Each piece of the text as one token, with its scripted logarithm, else one from a hash of the piece. */
export function tokensOfText({ text, logprobs }: Scenario): SimulatedToken[] {
  return text.map((token, index) => ({
    token,
    logprob: logprobs[index] ?? -0.5 * seededRandom(`logprob ${token}`)(),
  }));
}

/** As OpenAI's APIs write a token; the most likely one in its place is itself. @param top how many of those are told */
export function openAiToken({ token, logprob }: SimulatedToken, top: number) {
  const named = { token, logprob, bytes: [...Buffer.from(token)] };
  return { ...named, top_logprobs: top > 0 ? [named] : [] };
}
