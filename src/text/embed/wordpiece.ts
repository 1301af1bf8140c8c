import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';

/** Text to the ids of a BERT model: `[CLS] … [SEP]`. */
export interface WordPiece {
  /** At most `mostTokens` ids; of a longer text the beginning. */
  ids(text: string, mostTokens: number): number[];
}

const tokenizerSchema = z.looseObject({ model: z.looseObject({ type: z.literal('WordPiece') }) });

/** Longest run of characters that is looked at for each token: words of English take 5. */
const CHARS_A_TOKEN = 16;

/** @param json content of a `tokenizer.json`. @throws Error when it describes no WordPiece tokenizer with `[CLS]` and `[SEP]` */
export function wordPiece(json: unknown): WordPiece {
  const parsed = tokenizerSchema.parse(json);
  // What the file says of lengths is for another use: lengths are bounded here.
  const tokenizer = new Tokenizer({ ...parsed, truncation: null, padding: null }, {});
  const [first, last, ...more] = tokenizer.encode('').ids;
  if (first === undefined || last === undefined || more.length > 0)
    throw new Error('The tokenizer puts no [CLS] and [SEP] around a text.');
  return {
    ids: (text, mostTokens) => {
      const { ids } = tokenizer.encode(bounded(text, mostTokens), { add_special_tokens: false });
      return [first, ...ids.slice(0, mostTokens - 2), last];
    },
  };
}

/** The beginning of a text that can matter to the first tokens, without long gaps. */
export function bounded(text: string, mostTokens: number): string {
  const most = mostTokens * CHARS_A_TOKEN;
  if (text.length <= most) return text;
  return text
    .slice(0, 4 * most)
    .replace(/\s+/g, ' ')
    .slice(0, most);
}
