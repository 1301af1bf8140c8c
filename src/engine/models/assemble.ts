import { ModelFileError } from './errors.ts';
import type { Family, Presence } from './families/index.ts';
import type { LayerWeights, Model, RopeSpec, Tensor, TokenizerData } from './model.ts';
import { type RowOrder, type StoredTensor, toTensor } from './stored-tensor.ts';
import type { TensorNames } from './tensor-names.ts';

/** The numbers that say what the weights' shapes must be. */
export interface Dimensions {
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly ffn: number;
  readonly normEps: number;
  readonly rope: RopeSpec;
  readonly contextLength: number;
}

export interface Parts {
  /** For messages. */
  readonly path: string;
  readonly name: string;
  readonly family: Family;
  readonly names: TensorNames;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly dimensions: Dimensions;
  /** The head is the embedding: always, never, or when there is no tensor for it. */
  readonly tied: boolean | 'when missing';
  /** The rows of q and k stand interleaved. */
  readonly permuted: boolean;
  readonly tokenizer: TokenizerData;
  readonly close: () => void;
}

const MISMATCH = 'The file is damaged, or not what its header says: download it again';

/** Finds every weight, checks its shape, and refuses weights that the model would silently do without. @throws ModelFileError */
export function assemble(parts: Parts): Model {
  const { path, names, tensors, dimensions, tokenizer } = parts;
  checkDimensions(path, dimensions);
  const { hidden, heads, kvHeads, headDim, ffn, layers } = dimensions;
  const used = new Set<string>();

  const find = (
    name: string,
    rows: number | null,
    columns: number,
    order: RowOrder | null = null,
  ): Tensor => {
    const stored = tensors.get(name);
    if (!stored) throw new ModelFileError(path, `tensor "${name}" is missing`, MISMATCH);
    used.add(name);
    const tensor = toTensor(stored, order);
    if (stored.shape.length > 2 || (rows !== null && tensor.rows !== rows) || tensor.columns !== columns) {
      const expected = rows === 1 ? `${columns}` : `${rows ?? 'vocabulary'} × ${columns}`;
      throw new ModelFileError(
        path,
        `tensor "${name}" is ${stored.shape.join(' × ')}, not ${expected}`,
        MISMATCH,
      );
    }
    return tensor;
  };
  const optional = (presence: Presence, name: string, columns: number, order: RowOrder | null = null) => {
    if (presence === 'never' || (presence === 'maybe' && !tensors.has(name))) return null;
    return find(name, 1, columns, order);
  };

  const layerAt = (index: number): LayerWeights => {
    const called = names.layer(index);
    const { qkvBias, headNorms } = parts.family;
    const order = parts.permuted ? rotateHalfOrder(headDim) : null;
    const [qRows, kvRows] = [heads * headDim, kvHeads * headDim];
    return {
      attentionNorm: find(called.attentionNorm, 1, hidden),
      q: find(called.q, qRows, hidden, order),
      k: find(called.k, kvRows, hidden, order),
      v: find(called.v, kvRows, hidden),
      qBias: optional(qkvBias, called.qBias, qRows, order),
      kBias: optional(qkvBias, called.kBias, kvRows, order),
      vBias: optional(qkvBias, called.vBias, kvRows),
      qNorm: optional(headNorms, called.qNorm, headDim),
      kNorm: optional(headNorms, called.kNorm, headDim),
      output: find(called.output, hidden, qRows),
      ffnNorm: find(called.ffnNorm, 1, hidden),
      gate: find(called.gate, ffn, hidden),
      up: find(called.up, ffn, hidden),
      down: find(called.down, hidden, ffn),
    };
  };

  const embedding = find(names.embedding, null, hidden);
  const tied = parts.tied === 'when missing' ? !tensors.has(names.head) : parts.tied;
  // A tied model's file may hold the head all the same; it is the embedding.
  if (tied) used.add(names.head);
  const head = tied ? embedding : find(names.head, embedding.rows, hidden);
  const outputNorm = find(names.outputNorm, 1, hidden);
  const weights = Array.from({ length: layers }, (_, index) => layerAt(index));
  const strange = [...tensors.keys()].find((name) => !used.has(name) && !names.isAside(name));
  if (strange !== undefined) {
    throw new ModelFileError(
      path,
      `tensor "${strange.slice(0, 80)}" is no part of ${parts.family.name} with ${layers} layers, as the engine runs it`,
      'The model is a variant that is not supported, or its header is damaged',
    );
  }
  return {
    name: parts.name,
    layers: weights,
    embedding,
    outputNorm,
    head,
    hidden,
    heads,
    kvHeads,
    headDim,
    ffn,
    vocabSize: embedding.rows,
    normEps: dimensions.normEps,
    rope: dimensions.rope,
    contextLength: dimensions.contextLength,
    tokenizer,
    close: parts.close,
  };
}

/** llama.cpp's `permute` put row p·D/2 + i of each head (p = 0, 1) at 2i + p; this says where each row went. */
export function rotateHalfOrder(headDim: number): RowOrder {
  const half = headDim / 2;
  return (row) => {
    const within = row % headDim;
    return row - within + (within < half ? 2 * within : 2 * (within - half) + 1);
  };
}

/** More than any model has; a damaged header must not make us count to a billion. */
const MOST = { layers: 4096, hidden: 1 << 20, heads: 1 << 16, ffn: 1 << 22, contextLength: 2 ** 31 };

function checkDimensions(path: string, dimensions: Dimensions): void {
  const { heads, kvHeads, headDim, rope, normEps } = dimensions;
  const refuse = (what: string) => new ModelFileError(path, what, MISMATCH);
  const wholes = [
    ['layers', dimensions.layers, MOST.layers],
    ['hidden values', dimensions.hidden, MOST.hidden],
    ['attention heads', heads, MOST.heads],
    ['KV heads', kvHeads, MOST.heads],
    ['values a head', headDim, MOST.hidden],
    ['feed-forward values', dimensions.ffn, MOST.ffn],
    ['tokens of context', dimensions.contextLength, MOST.contextLength],
  ] as const;
  for (const [what, value, most] of wholes) {
    if (!Number.isInteger(value) || value < 1 || value > most) throw refuse(`it claims ${value} ${what}`);
  }
  if (heads % kvHeads !== 0) throw refuse(`its ${heads} heads cannot share ${kvHeads} KV heads`);
  if (headDim % 2 !== 0)
    throw refuse(`its heads have ${headDim} values, an odd number, which cannot be rotated`);
  if (rope.dims % 2 !== 0 || rope.dims < 2 || rope.dims > headDim) {
    throw refuse(`it rotates ${rope.dims} of the ${headDim} values of a head`);
  }
  if (rope.scaling.kind === 'factors' && rope.scaling.factors.length !== rope.dims / 2) {
    throw refuse(`it has ${rope.scaling.factors.length} RoPE factors for ${rope.dims / 2} frequencies`);
  }
  if (!(rope.theta > 0 && Number.isFinite(rope.theta))) throw refuse(`its RoPE base is ${rope.theta}`);
  if (!(normEps >= 0 && normEps < 1)) throw refuse(`its norm epsilon is ${normEps}`);
}
