import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { z } from 'zod';
import { CallError } from '../../../core/errors.ts';
import { messageOf } from '../../../core/message-of.ts';

/** Says of each word of a text how likely a careful editor would keep it. */
export interface WordModel {
  /** Probabilities in the order of the words. */
  keep(words: readonly string[], signal?: AbortSignal): Promise<number[]>;
  close(): Promise<void>;
}

const GRAPHS = ['model.onnx', 'onnx/model.onnx', 'model_quantized.onnx', 'onnx/model_quantized.onnx'];
const configSchema = z.object({ max_position_embeddings: z.number().int().optional() });
const MOST_TOKENS = 512;
const SENTENCE_END = /[.!?。！？]["')\]”’」]*$/;

/**
 * Opens a token classifier of LLMLingua-2 (Pan et al., 2024, arXiv 2403.12968): two classes a token, the second is "keep".
 * XLM-RoBERTa and BERT models in ONNX, as they are on the Hugging Face hub.
 * @param folder holds `tokenizer.json`, `config.json` and the graph
 * @throws CallError `not_ready` that says what is missing or wrong
 */
export async function openWordModel(folder: string): Promise<WordModel> {
  const graph = GRAPHS.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (graph === undefined)
    throw new CallError(
      'not_ready',
      `the LLMLingua-2 model is missing: ${folder} has none of ${GRAPHS.join(', ')}`,
    );
  try {
    const config = configSchema.parse(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')));
    const file = z.looseObject({}).parse(JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8')));
    const tokenizer = new Tokenizer({ ...file, truncation: null, padding: null }, {});
    const session = await InferenceSession.create(graph, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    return new ClassifiedWords(
      session,
      tokenizer,
      Math.min(MOST_TOKENS, config.max_position_embeddings ?? MOST_TOKENS),
    );
  } catch (cause) {
    const why = messageOf(cause);
    throw new CallError('not_ready', `the LLMLingua-2 model in ${folder} cannot be opened: ${why}`, {
      cause,
    });
  }
}

/** Words of one window, with their tokens. */
interface Window {
  readonly ids: number[];
  /** The word of each token. */
  readonly words: number[];
}

class ClassifiedWords implements WordModel {
  readonly #session: InferenceSession;
  readonly #tokenizer: Tokenizer;
  readonly #first: number;
  readonly #last: number;
  readonly #mostTokens: number;

  constructor(session: InferenceSession, tokenizer: Tokenizer, mostTokens: number) {
    const [first, last, ...more] = tokenizer.encode('').ids;
    if (first === undefined || last === undefined || more.length > 0)
      throw new Error('its tokenizer puts no marks around a text');
    this.#session = session;
    this.#tokenizer = tokenizer;
    this.#first = first;
    this.#last = last;
    // XLM-RoBERTa counts two positions before the first token.
    this.#mostTokens = mostTokens - 2;
  }

  async keep(words: readonly string[], signal?: AbortSignal): Promise<number[]> {
    const sums = new Float64Array(words.length);
    const counts = new Float64Array(words.length);
    for (const window of this.#windows(words)) {
      signal?.throwIfAborted();
      const probabilities = await this.#classify([this.#first, ...window.ids, this.#last]);
      for (const [at, word] of window.words.entries()) {
        sums[word] = (sums[word] ?? 0) + (probabilities[at + 1] ?? 0);
        counts[word] = (counts[word] ?? 0) + 1;
      }
    }
    return words.map((_, word) => (counts[word] ? (sums[word] ?? 0) / (counts[word] ?? 1) : 0));
  }

  async close(): Promise<void> {
    await this.#session.release();
  }

  /** As many words as fit, cut behind a sentence where one ends in the second half. */
  #windows(words: readonly string[]): Window[] {
    const most = this.#mostTokens - 2;
    const tokens = words.map((word) =>
      this.#tokenizer.encode(word, { add_special_tokens: false }).ids.slice(0, most),
    );
    const windows: Window[] = [];
    for (let from = 0; from < words.length; ) {
      let [to, length, ended] = [from, 0, -1];
      while (to < words.length && length + (tokens[to]?.length ?? 0) <= most) {
        length += tokens[to]?.length ?? 0;
        to += 1;
        if (length > most / 2 && SENTENCE_END.test(words[to - 1] ?? '')) ended = to;
      }
      if (to < words.length && ended > 0) to = ended;
      const window: Window = { ids: [], words: [] };
      for (let word = from; word < to; word++)
        for (const id of tokens[word] ?? []) {
          window.ids.push(id);
          window.words.push(word);
        }
      windows.push(window);
      from = to;
    }
    return windows;
  }

  async #classify(ids: readonly number[]): Promise<number[]> {
    const dims = [1, ids.length];
    const feeds: Record<string, Tensor> = {};
    for (const name of this.#session.inputNames) {
      if (name === 'input_ids') feeds[name] = new Tensor('int64', BigInt64Array.from(ids, BigInt), dims);
      else
        feeds[name] = new Tensor(
          'int64',
          new BigInt64Array(ids.length).fill(name === 'attention_mask' ? 1n : 0n),
          dims,
        );
    }
    const output = (await this.#session.run(feeds))[this.#session.outputNames[0] ?? 'logits'];
    const logits = output?.data;
    if (!(logits instanceof Float32Array) || logits.length !== 2 * ids.length)
      throw new CallError('not_ready', 'the LLMLingua-2 model does not give two classes a token');
    return ids.map((_, at) => 1 / (1 + Math.exp((logits[2 * at] ?? 0) - (logits[2 * at + 1] ?? 0))));
  }
}
