import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomOf } from '../../src/engine/models/testing/random.contract.ts';
import {
  type SafeTensor,
  writeSafetensors,
} from '../../src/engine/models/testing/safetensors-writer.contract.ts';
import { tinyTokenizerJson, tinyTokens } from '../../src/engine/models/testing/tiny-tokenizer.contract.ts';

/**
 * A Llama of two layers whose weights are computed and not learnt: an induction head (Olsson et al., 2022). Layer 0 tells each
 * position the token before it; layer 1 looks for the position whose token before is the present one, and says what stood
 * there. So it continues any text that it has seen, exactly and at any distance: what was hidden in a context is found or the
 * context was not whole.
 */
const HEAD_DIM = 128;
const PAIRS = HEAD_DIM / 2;
/** So large that all but the first rotations stand still over a million positions. */
const THETA = 1e38;
const MOVING_PAIRS = 14;
/** Values of a token's code, one each for the pairs' halves that stand still. */
const CODE = 2 * (PAIRS - MOVING_PAIRS);
const CONSTANT = 10;
/** One constant, then the present token's code, the one before, and the answer. */
const HIDDEN = 320;
const AT = { constant: 0, token: 1, before: 1 + CODE, answer: 1 + 2 * CODE } as const;
/** How much more a score is for the right position than for the next best: softmax leaves nothing to others. */
const POSITION_SCORE = 80;
const MATCH_SCORE = 100;

const still = Array.from({ length: CODE }, (_, i) =>
  i < CODE / 2 ? MOVING_PAIRS + i : PAIRS + MOVING_PAIRS + (i - CODE / 2),
);

/** Writes the model as a Hugging Face folder with the tiny tokenizer. @returns the folder's path */
export function writeInductionModel(dir: string, contextLength = 1_048_576): string {
  const folder = join(dir, 'induction');
  mkdirSync(folder, { recursive: true });
  const json = (name: string, value: unknown): void =>
    writeFileSync(join(folder, name), JSON.stringify(value));
  writeSafetensors(join(folder, 'model.safetensors'), weights());
  json('tokenizer.json', tinyTokenizerJson());
  json('tokenizer_config.json', { tokenizer_class: 'GPT2Tokenizer', add_bos_token: false });
  json('generation_config.json', { bos_token_id: 1, eos_token_id: 2 });
  json('config.json', {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_act: 'silu',
    num_hidden_layers: 2,
    hidden_size: HIDDEN,
    num_attention_heads: 1,
    num_key_value_heads: 1,
    head_dim: HEAD_DIM,
    intermediate_size: 32,
    vocab_size: tinyTokens().length,
    max_position_embeddings: contextLength,
    rms_norm_eps: 1e-12,
    rope_theta: THETA,
    tie_word_embeddings: false,
    bos_token_id: 1,
    eos_token_id: 2,
  });
  return folder;
}

function weights(): SafeTensor[] {
  const tokens = tinyTokens().length;
  const random = randomOf(7);
  const codes = Array.from({ length: tokens }, () =>
    Float32Array.from({ length: CODE }, () => (random() < 0.5 ? -1 : 1)),
  );
  const embedding = matrix(tokens, HIDDEN, (set) => {
    codes.forEach((code, token) => {
      set(token, AT.constant, CONSTANT);
      code.forEach((value, i) => set(token, AT.token + i, value));
    });
  });
  const head = matrix(tokens, HIDDEN, (set) => {
    codes.forEach((code, token) => code.forEach((value, i) => set(token, AT.answer + i, value)));
  });
  return [
    tensor('model.embed_tokens.weight', [tokens, HIDDEN], embedding),
    ...layer(0, previousToken()),
    ...layer(1, sameToken()),
    tensor('model.norm.weight', [HIDDEN], new Float32Array(HIDDEN).fill(1)),
    tensor('lm_head.weight', [tokens, HIDDEN], head),
  ];
}

interface Attention {
  readonly q: Float32Array;
  readonly k: Float32Array;
  readonly v: Float32Array;
  readonly o: Float32Array;
}

/** Scores Σ cos(f·(Δ − 1)) over the rotations that move: most for the token before, Δ = 1. */
function previousToken(): Attention {
  const scale = rms(CONSTANT ** 2 + CODE);
  const strength = Math.sqrt(POSITION_SCORE * Math.sqrt(HEAD_DIM));
  const unit = (strength * scale) / CONSTANT;
  return {
    q: matrix(HEAD_DIM, HIDDEN, (set) => {
      for (let pair = 0; pair < MOVING_PAIRS; pair++) {
        const frequency = THETA ** (-pair / PAIRS);
        set(pair, AT.constant, unit * Math.cos(frequency));
        set(pair + PAIRS, AT.constant, -unit * Math.sin(frequency));
      }
    }),
    k: matrix(HEAD_DIM, HIDDEN, (set) => {
      for (let pair = 0; pair < MOVING_PAIRS; pair++) set(pair, AT.constant, unit);
    }),
    v: matrix(HEAD_DIM, HIDDEN, (set) => {
      for (let i = 0; i < CODE; i++) set(i, AT.token + i, scale);
    }),
    o: matrix(HIDDEN, HEAD_DIM, (set) => {
      for (let i = 0; i < CODE; i++) set(AT.before + i, i, 1);
    }),
  };
}

/** Scores how far the code of the token before a position agrees with the present token's. */
function sameToken(): Attention {
  const scale = rms(CONSTANT ** 2 + 2 * CODE);
  const unit = scale * Math.sqrt((MATCH_SCORE * Math.sqrt(HEAD_DIM)) / CODE);
  return {
    q: matrix(HEAD_DIM, HIDDEN, (set) => still.forEach((row, i) => set(row, AT.token + i, unit))),
    k: matrix(HEAD_DIM, HIDDEN, (set) => still.forEach((row, i) => set(row, AT.before + i, unit))),
    v: matrix(HEAD_DIM, HIDDEN, (set) => {
      for (let i = 0; i < CODE; i++) set(i, AT.token + i, scale);
    }),
    o: matrix(HIDDEN, HEAD_DIM, (set) => {
      for (let i = 0; i < CODE; i++) set(AT.answer + i, i, 1);
    }),
  };
}

/** What RMSNorm divides by, when the squares sum up to that. */
function rms(squares: number): number {
  return Math.sqrt(squares / HIDDEN);
}

function layer(index: number, { q, k, v, o }: Attention): SafeTensor[] {
  const at = `model.layers.${index}.`;
  const ones = new Float32Array(HIDDEN).fill(1);
  return [
    tensor(`${at}input_layernorm.weight`, [HIDDEN], ones),
    tensor(`${at}self_attn.q_proj.weight`, [HEAD_DIM, HIDDEN], q),
    tensor(`${at}self_attn.k_proj.weight`, [HEAD_DIM, HIDDEN], k),
    tensor(`${at}self_attn.v_proj.weight`, [HEAD_DIM, HIDDEN], v),
    tensor(`${at}self_attn.o_proj.weight`, [HIDDEN, HEAD_DIM], o),
    tensor(`${at}post_attention_layernorm.weight`, [HIDDEN], ones),
    tensor(`${at}mlp.gate_proj.weight`, [32, HIDDEN], new Float32Array(32 * HIDDEN)),
    tensor(`${at}mlp.up_proj.weight`, [32, HIDDEN], new Float32Array(32 * HIDDEN)),
    tensor(`${at}mlp.down_proj.weight`, [HIDDEN, 32], new Float32Array(HIDDEN * 32)),
  ];
}

function matrix(
  rows: number,
  columns: number,
  fill: (set: (row: number, column: number, value: number) => void) => void,
): Float32Array {
  const values = new Float32Array(rows * columns);
  fill((row, column, value) => {
    values[row * columns + column] = value;
  });
  return values;
}

function tensor(name: string, shape: readonly number[], values: Float32Array): SafeTensor {
  return { name, dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) };
}

export interface Passkey {
  readonly prompt: readonly number[];
  /** The tokens that must follow. */
  readonly key: readonly number[];
}

const KEY_LENGTH = 8;
/** Tokens below are the tokenizer's specials; the highest are kept for mark and key. */
const FIRST_FILLER = 3;

/**
 * A haystack of random tokens with a mark and a key somewhere in it, and the mark again at its end.
 * @param depth 0: at the beginning, 1: at the end
 */
export function passkeyPrompt(length: number, depth: number, seed: number): Passkey {
  const random = randomOf(seed);
  const last = tinyTokens().length;
  const special = Array.from({ length: 2 * KEY_LENGTH }, (_, i) => last - 1 - i);
  const mark = special.splice(Math.floor(random() * special.length), 1)[0] ?? last - 1;
  const key = Array.from(
    { length: KEY_LENGTH },
    () => special.splice(Math.floor(random() * special.length), 1)[0] ?? 0,
  );
  const fillers = last - 2 * KEY_LENGTH - FIRST_FILLER;
  const prompt = Array.from({ length: length - 1 }, () => FIRST_FILLER + Math.floor(random() * fillers));
  // The first position has no token before it.
  const at = 1 + Math.floor(depth * (prompt.length - 2 - KEY_LENGTH));
  prompt.splice(at, 1 + KEY_LENGTH, mark, ...key);
  return { prompt: [...prompt, mark], key };
}
