import type { AnswerContent } from '../../core/answer.ts';
import type { TokenLogprob } from '../../core/logprobs.ts';

/** The tokens of each text of an answer, by its index: as many as make up its length, and for the last one the rest. */
export function shareTokens(
  content: readonly AnswerContent[],
  tokens: readonly TokenLogprob[],
): ReadonlyMap<number, readonly TokenLogprob[]> {
  const shares = new Map<number, readonly TokenLogprob[]>();
  const last = content.findLastIndex(({ type }) => type === 'text');
  let taken = 0;
  for (const [index, block] of content.entries()) {
    if (block.type !== 'text') continue;
    const from = taken;
    let length = 0;
    while (taken < tokens.length && (index === last || length < block.text.length))
      length += tokens[taken++]?.token.length ?? 0;
    shares.set(index, tokens.slice(from, taken));
  }
  return shares;
}
