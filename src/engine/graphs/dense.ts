import type { Model } from '../models/model.ts';
import { floats, floatTensor, type Session, type Tensor } from '../onnx/session.ts';
import { openBetween, openFirst, openLast } from './layer-graphs.ts';
import type { LinearOptions } from './linear.ts';
import { ropeTable } from './rope.ts';
import { rowReader } from './weights.ts';

/** One layer's attention inputs; q is rotated and scaled, k rotated. */
export interface AttentionInput {
  /** [rows, heads, headDim] */
  readonly q: Float32Array;
  /** [rows, kvHeads, headDim] */
  readonly k: Float32Array;
  readonly v: Float32Array;
}

/** Everything of a model but its attention, for one batch of rows at a time. */
export interface Dense {
  /** @param tokens and @param positions of the rows, which may be of many sequences */
  start(tokens: Int32Array, positions: Int32Array): DenseStep;
  close(): void;
}

/** One batch on its way through the layers: take `attention`, call `advance`, until the last layer, then `logits`. */
export interface DenseStep {
  /** Of the layer at hand. */
  readonly attention: AttentionInput;
  /** To the next layer. @param attended merged attention of the layer at hand, [rows, heads, headDim] */
  advance(attended: Float32Array): void;
  /** After the last layer, for `rows` in ascending order. @returns [rows, vocabulary] */
  logits(attended: Float32Array, rows: Int32Array): Float32Array;
}

export interface DenseOptions extends Partial<LinearOptions> {
  /** Called after each of the graphs was made. */
  readonly onProgress?: (done: number, all: number) => void;
}

/**
 * Makes the graphs, one after the other, so that no more than one layer's weights are held twice.
 * Quantised weights are multiplied as they are; F32, F16 and BF16 ones as 32-bit floats unless `floats` is `q8`.
 */
export function openDense(
  model: Model,
  { floats: floatWeights = 'keep', arithmetic = 'exact', onProgress }: DenseOptions = {},
): Dense {
  const options: LinearOptions = { floats: floatWeights, arithmetic };
  const all = model.layers.length + 1;
  const sessions: Session[] = [];
  for (let i = 0; i < all; i++) {
    sessions.push(
      i === 0
        ? openFirst(model, options)
        : i === all - 1
          ? openLast(model, options)
          : openBetween(model, i - 1, options),
    );
    onProgress?.(i + 1, all);
  }
  const readRow = rowReader(model.embedding);
  const rope = ropeTable(model.rope);
  return {
    start(tokens, positions) {
      const x = embed(tokens, model.hidden, readRow);
      const { cos, sin } = rope(positions);
      const turns = [tokens.length, model.rope.dims / 2];
      return new RunningStep(model, sessions, x, floatTensor(cos, turns), floatTensor(sin, turns));
    },
    close() {
      for (const session of sessions) session.dispose();
    },
  };
}

class RunningStep implements DenseStep {
  readonly #model: Model;
  readonly #sessions: readonly Session[];
  readonly #cos: Tensor;
  readonly #sin: Tensor;
  #x: Tensor;
  #at = 0;
  #attention: AttentionInput;

  constructor(model: Model, sessions: readonly Session[], x: Tensor, cos: Tensor, sin: Tensor) {
    this.#model = model;
    this.#sessions = sessions;
    this.#x = x;
    this.#cos = cos;
    this.#sin = sin;
    this.#attention = this.#run({ x, cos, sin });
  }

  get attention(): AttentionInput {
    return this.#attention;
  }

  advance(attended: Float32Array): void {
    this.#at++;
    const attention = floatTensor(attended, [this.#rows, this.#model.heads * this.#model.headDim]);
    this.#attention = this.#run({ x: this.#x, attention, cos: this.#cos, sin: this.#sin });
  }

  logits(attended: Float32Array, rows: Int32Array): Float32Array {
    const { hidden, heads, headDim } = this.#model;
    const x = this.#x.data;
    if (!(x instanceof Float32Array)) throw new TypeError('the residual stream is not made of floats');
    const feeds = {
      x: floatTensor(takeRows(x, hidden, rows), [rows.length, hidden]),
      attention: floatTensor(takeRows(attended, heads * headDim, rows), [rows.length, heads * headDim]),
    };
    return floats(this.#sessionAt(this.#sessions.length - 1).run(feeds), 'logits');
  }

  get #rows(): number {
    return this.#x.dims[0] ?? 0;
  }

  #run(feeds: Readonly<Record<string, Tensor>>): AttentionInput {
    const out = this.#sessionAt(this.#at).run(feeds);
    if (out['y']) this.#x = out['y'];
    return { q: floats(out, 'q'), k: floats(out, 'k'), v: floats(out, 'v') };
  }

  #sessionAt(index: number): Session {
    const session = this.#sessions[index];
    if (!session) throw new RangeError(`there is no graph ${index}`);
    return session;
  }
}

function embed(
  tokens: Int32Array,
  hidden: number,
  readRow: (row: number, out: Float32Array) => void,
): Tensor {
  const x = new Float32Array(tokens.length * hidden);
  tokens.forEach((token, row) => readRow(token, x.subarray(row * hidden, (row + 1) * hidden)));
  return floatTensor(x, [tokens.length, hidden]);
}

/** The rows themselves, without a copy, when they are next to each other. */
export function takeRows(from: Float32Array, width: number, rows: Int32Array): Float32Array {
  const first = rows[0] ?? 0;
  const last = rows[rows.length - 1] ?? -1;
  if (last - first + 1 === rows.length) return from.subarray(first * width, (last + 1) * width);
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => out.set(from.subarray(row * width, (row + 1) * width), i * width));
  return out;
}
