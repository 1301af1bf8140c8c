import type { Model } from '../models/model.ts';
import type { StepTable } from './steps.ts';

/**
 * How much of an error each head bears, for models where it was measured: the squared gradient of what the model makes of a
 * text (Fisher information of its next tokens) to keys and values of the 1,024 tokens before it, over prose, code and
 * arithmetic. The heads that find one token among many bear a tenth of what others do, and they are the same ones in every
 * text. Only the writer needs it: a context says what its steps are. Other models have even steps.
 */
interface Measured {
  readonly of: Pick<Model, 'hidden' | 'heads' | 'kvHeads' | 'headDim' | 'vocabSize'>;
  /** Of each layer, keys' heads then values' heads: steps as powers of 2 in quarters, around 1. */
  readonly quarterOctaves: readonly (readonly number[])[];
}

const MEASURED: readonly Measured[] = [
  {
    // SmolLM2 135M, base and instruct.
    of: { hidden: 576, heads: 9, kvHeads: 3, headDim: 64, vocabSize: 49_152 },
    quarterOctaves: [
      [3, -1, 3, -14, -15, -15],
      [1, 0, 1, -8, -8, -6],
      [-2, -2, 1, -5, -9, -8],
      [4, 1, 1, 1, 0, 0],
      [-1, 5, 1, -2, 2, -2],
      [0, 0, -1, -1, -2, 0],
      [0, 1, 1, -1, -3, -1],
      [2, -2, -6, 3, -2, -7],
      [-4, 2, 1, -6, 0, 0],
      [-2, 2, 2, -1, 1, 2],
      [5, 5, 2, 2, 2, -1],
      [3, 1, 2, -1, -2, 0],
      [0, 3, 1, -2, 2, 0],
      [2, 3, 2, 2, 3, -1],
      [-7, -5, 1, -5, -6, 1],
      [1, -2, -2, 0, -1, -1],
      [-2, 4, 0, -1, 3, -1],
      [-1, -5, 0, 2, -5, 2],
      [0, 2, -8, 2, 3, -4],
      [-2, -2, 4, 2, 1, 5],
      [-6, -9, -8, -1, -6, -5],
      [0, -1, -2, 3, 2, -1],
      [2, -1, 0, 5, 4, 2],
      [-7, -4, -4, -1, 4, 1],
      [-6, -3, -4, 1, 4, 2],
      [4, 5, 6, 5, 10, 11],
      [0, -4, 4, 4, 1, 11],
      [3, 3, 6, 7, 7, 10],
      [-3, 1, 2, 3, 6, 5],
      [4, 3, 0, 10, 7, 5],
    ],
  },
];

/** Null for models that were not measured. */
export function stepTable(model: Model): StepTable | null {
  const found = MEASURED.find(
    ({ of, quarterOctaves }) =>
      quarterOctaves.length === model.layers.length &&
      Object.entries(of).every(([key, value]) => model[key as keyof typeof of] === value),
  );
  return found ? Float32Array.from(found.quarterOctaves.flat(), (each) => 2 ** (each / 4)) : null;
}
