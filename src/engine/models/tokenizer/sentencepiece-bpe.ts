import type { Vocabulary } from './vocabulary.ts';

const SPACE = '▁';
/** Longer pieces are no words of any vocabulary; their splits are not looked for. */
const LONGEST_PIECE = 128;

/** The parts of a tokenizer.json for SentencePiece's BPE with bytes for what it does not know (Llama 2, Mistral). */
export function sentencePieceBpe(
  vocabulary: Vocabulary,
  scores: ArrayLike<number>,
  addSpacePrefix: boolean,
): Record<string, unknown> {
  const spaces = { type: 'Replace', pattern: { String: ' ' }, content: SPACE };
  return {
    normalizer: {
      type: 'Sequence',
      normalizers: addSpacePrefix ? [{ type: 'Prepend', prepend: SPACE }, spaces] : [spaces],
    },
    pre_tokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: SPACE }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(addSpacePrefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: vocabulary.unknown,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: vocabulary.ids,
      merges: mergesByScore(vocabulary, scores),
    },
  };
}

/** SentencePiece joins whichever neighbours make the piece of the best score: every way to make a piece is a merge of its rank. */
function mergesByScore(
  vocabulary: Vocabulary,
  scores: ArrayLike<number>,
): readonly (readonly [string, string])[] {
  const merges: { readonly pair: readonly [string, string]; readonly score: number }[] = [];
  for (const [piece, id] of vocabulary.pieces) {
    if (piece.length > LONGEST_PIECE) continue;
    const score = scores[id] ?? 0;
    for (let cut = 1; cut < piece.length; cut++) {
      const [left, right] = [piece.slice(0, cut), piece.slice(cut)];
      if (vocabulary.pieces.has(left) && vocabulary.pieces.has(right))
        merges.push({ pair: [left, right], score });
    }
  }
  return merges.sort((a, b) => b.score - a.score).map(({ pair }) => pair);
}
