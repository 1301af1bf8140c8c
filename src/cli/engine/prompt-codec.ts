import type { TokenizerData } from '../../engine/models/index.ts';
import type { PromptCodec } from '../../engine/server/index.ts';
import {
  openPromptThread,
  openTokenizer,
  promptEncoder,
  type PromptText,
  type Tokenizer,
} from '../../engine/tokens/index.ts';

export interface ModelText {
  readonly tokenizer: Tokenizer;
  readonly codec: PromptCodec;
  close(): Promise<void>;
}

export interface ModelTextOptions {
  /** Where the model is: long texts are encoded in another thread, which opens it itself. */
  readonly modelPath: string;
  /** Of the logits, which may be more than there are tokens. */
  readonly vocabSize: number;
}

/** Shorter texts take a few milliseconds at most, less than it takes to give them away. */
export const LONG_TEXT_CHARACTERS = 32_768;

export function openModelText(data: TokenizerData, { modelPath, vocabSize }: ModelTextOptions): ModelText {
  const tokenizer = openTokenizer(data);
  const here = promptEncoder(data, tokenizer);
  const elsewhere = openPromptThread(modelPath);
  const encode = (prompt: PromptText) => (isLong(prompt) ? elsewhere.encode(prompt) : here(prompt));
  return {
    tokenizer,
    codec: {
      vocabSize,
      encode: (text) => encode({ kind: 'text', text }),
      encodeChat: (messages, tools) => encode({ kind: 'chat', messages, tools }),
      tokenBytes: (token) => tokenizer.tokenBytes(token),
      decode: (tokens) => tokenizer.decode(tokens, { special: true }),
    },
    close: () => elsewhere.close(),
  };
}

function isLong(prompt: PromptText): boolean {
  const given = prompt.kind === 'text' ? prompt.text : [prompt.messages, prompt.tools];
  return charactersOf(given) > LONG_TEXT_CHARACTERS;
}

/** Of all texts in there, and something for whatever else. */
function charactersOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.entries(value).reduce(
    (sum, [key, item]: [string, unknown]) => sum + key.length + charactersOf(item),
    0,
  );
}
