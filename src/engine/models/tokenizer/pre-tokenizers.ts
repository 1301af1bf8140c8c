/** How a byte-level BPE cuts text before merging, by the name GGUF gives it (`tokenizer.ggml.pre`). */
export interface PreTokenizer {
  /** Text is cut by each in turn, the matches standing alone; then bytes become symbols. */
  readonly splits: readonly string[];
  /** GPT-2's own cut comes last. */
  readonly gpt2: boolean;
  readonly nfc: boolean;
  /** A piece that is a token is taken whole, whatever the merges say. */
  readonly ignoreMerges: boolean;
  /** When the file does not say. */
  readonly addBos: boolean;
}

const PLAIN: PreTokenizer = { splits: [], gpt2: true, nfc: false, ignoreMerges: false, addBos: false };

/** Single digits, then GPT-2's cut. */
const DIGITS: PreTokenizer = { ...PLAIN, splits: ['\\p{N}'] };

const CONTRACTIONS = `(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])`;
const REST = ` ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

const LLAMA3: PreTokenizer = {
  splits: [`${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|${REST}`],
  gpt2: false,
  nfc: false,
  ignoreMerges: true,
  addBos: true,
};

const QWEN2: PreTokenizer = {
  splits: [`${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|${REST}`],
  gpt2: false,
  nfc: true,
  ignoreMerges: false,
  addBos: false,
};

const UPPER = '\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}';
const LOWER = '\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}';
const TEKKEN: PreTokenizer = {
  splits: [
    `[^\\r\\n\\p{L}\\p{N}]?[${UPPER}]*[${LOWER}]+|[^\\r\\n\\p{L}\\p{N}]?[${UPPER}]+[${LOWER}]*|\\p{N}` +
      `| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
  ],
  gpt2: false,
  nfc: false,
  ignoreMerges: true,
  addBos: true,
};

/** What llama.cpp does with files from before they named their pre-tokenizer. */
const UNNAMED: PreTokenizer = {
  splits: [
    '[\\p{P}\\$\\+<=>\\^~\\|]+',
    `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)`,
    '\\p{N}+',
    '[0-9][0-9][0-9]',
  ],
  gpt2: false,
  nfc: false,
  ignoreMerges: false,
  addBos: false,
};

export const PRE_TOKENIZERS: ReadonlyMap<string, PreTokenizer> = new Map([
  ['default', UNNAMED],
  ['gpt-2', PLAIN],
  ['smollm', DIGITS],
  ['starcoder', DIGITS],
  ['refact', DIGITS],
  ['command-r', DIGITS],
  ['codeshell', DIGITS],
  ['llama3', LLAMA3],
  ['llama-v3', LLAMA3],
  ['llama-bpe', LLAMA3],
  ['qwen2', QWEN2],
  ['deepseek-r1-qwen', QWEN2],
  ['tekken', TEKKEN],
]);
