import { Tensor } from 'onnxruntime-node';
import { binding, initOrt } from 'onnxruntime-node/dist/binding.js';

/** A BERT-like encoder: ids of several texts of one length, padded, to the states of their tokens. */
export interface Encoder {
  readonly dimensions: number;
  /** `ids` and `mask` are `rows × length`; gives `rows × length × dimensions` numbers. Blocks the thread. */
  run(ids: BigInt64Array, mask: BigInt64Array, rows: number, length: number): Float32Array;
  dispose(): void;
}

const INPUTS = new Set(['input_ids', 'attention_mask', 'token_type_ids']);

/** @param path of an ONNX file. @throws Error when it cannot be opened, or is no such encoder */
export function openEncoder(path: string, threads: number): Encoder {
  initOrt();
  const session = new binding.InferenceSession();
  session.loadModel(path, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    // Pools that spin starve the threads of others.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  const inputs = session.inputMetadata.map(({ name }) => name);
  const strange = inputs.filter((name) => !INPUTS.has(name));
  if (strange.length > 0) throw new Error(`The model wants inputs that no text has: ${strange.join(', ')}.`);
  const output = session.outputMetadata[0];
  const last = output?.isTensor === true && output.shape.length === 3 ? output.shape[2] : undefined;
  if (output === undefined || typeof last !== 'number')
    throw new Error('The model gives no states of tokens (batch × sequence × dimensions).');
  const fetches = { [output.name]: null };
  return {
    dimensions: last,
    run: (ids, mask, rows, length) => {
      const dims = [rows, length];
      const feeds: Record<string, Tensor> = {};
      for (const name of inputs) {
        const data =
          name === 'input_ids' ? ids : name === 'attention_mask' ? mask : new BigInt64Array(ids.length);
        feeds[name] = new Tensor('int64', data, dims);
      }
      const states = session.run(feeds, fetches, {})[output.name]?.data;
      if (!(states instanceof Float32Array)) throw new Error('The model gives no 32-bit numbers.');
      return states;
    },
    dispose: () => session.dispose(),
  };
}
