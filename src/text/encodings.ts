export type Encoding = 'o200k_base' | 'cl100k_base';

export interface ModelEncoding {
  readonly encoding: Encoding;
  /** False where the model's own tokenizer is not public and this one only comes near. */
  readonly exact: boolean;
}

/** By the longest beginning of the model's name that is known here, as OpenAI's tiktoken assigns them. */
const BY_NAME: readonly (readonly [string, Encoding])[] = [
  ['chatgpt-4o', 'o200k_base'],
  ['codex-mini', 'o200k_base'],
  ['gpt-4.1', 'o200k_base'],
  ['gpt-4.5', 'o200k_base'],
  ['gpt-4o', 'o200k_base'],
  ['gpt-5', 'o200k_base'],
  ['gpt-oss', 'o200k_base'],
  ['o1', 'o200k_base'],
  ['o3', 'o200k_base'],
  ['o4-', 'o200k_base'],
  ['gpt-4', 'cl100k_base'],
  ['gpt-3.5', 'cl100k_base'],
  ['gpt-35', 'cl100k_base'],
  ['text-embedding-3', 'cl100k_base'],
  ['text-embedding-ada-002', 'cl100k_base'],
];

/** The encoding of a model, also of a fine-tuned one (`ft:…`) or one named with its publisher (`openai/…`). */
export function encodingOf(model: string): ModelEncoding {
  const name = model.slice(model.lastIndexOf('/') + 1).replace(/^ft:/, '');
  const known = BY_NAME.find(([beginning]) => name.startsWith(beginning));
  return known ? { encoding: known[1], exact: true } : { encoding: 'o200k_base', exact: false };
}
