import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { binding, initOrt } from 'onnxruntime-node/dist/binding.js';

export { Tensor } from 'onnxruntime-node';

export interface SessionOptions {
  /** Buffers for external tensors, by the name the model gives as their location. */
  readonly externalData?: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** Folder of the files that external tensors name. */
  readonly externalFolder?: string;
  /** 1 when not said: one worker a core, each with sessions of one thread. */
  readonly threads?: number;
  /** More `session.*` entries. */
  readonly config?: Readonly<Record<string, string>>;
  readonly options?: InferenceSession.SessionOptions;
}

/** One ONNX graph, ready to run in this thread. */
export interface Session {
  /** Runs at once, without the event loop. Tensors must not lie over shared memory. */
  run(feeds: Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>>;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  dispose(): void;
}

/**
 * Opens a model (its bytes, or the path of its file) through the synchronous binding, which takes a third of the time of
 * the asynchronous API for a small graph and blocks no longer.
 * Threads never spin: spinning pools of several sessions starve each other.
 */
export function openSession(of: Uint8Array | string, options: SessionOptions = {}): Session {
  initOrt();
  const session = new binding.InferenceSession();
  const settings = sessionSettings(options);
  if (typeof of === 'string') session.loadModel(of, settings);
  else session.loadModel(plain(of), of.byteOffset, of.byteLength, settings);
  const inputNames = session.inputMetadata.map(({ name }) => name);
  const outputNames = session.outputMetadata.map(({ name }) => name);
  const fetches = Object.fromEntries(outputNames.map((name) => [name, null]));
  return {
    inputNames,
    outputNames,
    run: (feeds) => session.run({ ...feeds }, fetches, {}),
    dispose: () => session.dispose(),
  };
}

function sessionSettings({
  externalData = [],
  externalFolder,
  threads = 1,
  config = {},
  options = {},
}: SessionOptions): InferenceSession.SessionOptions {
  const entries: Record<string, string> = { 'session.intra_op.allow_spinning': '0', ...config };
  if (externalFolder !== undefined)
    entries['session.model_external_initializers_file_folder_path'] = externalFolder;
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    ...(externalData.length > 0 && { externalData: externalData.map((each) => ({ ...each })) }),
    ...options,
    extra: { session: nested(entries) },
  };
}

/** The binding wants `session.a.b` as objects in objects. */
function nested(entries: Readonly<Record<string, string>>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(entries)) {
    const path = key.split('.').slice(1);
    const last = path.pop() ?? key;
    let at = out;
    for (const part of path) at = (at[part] ??= {}) as Record<string, unknown>;
    at[last] = value;
  }
  return out;
}

function plain(bytes: Uint8Array): ArrayBuffer {
  if (bytes.buffer instanceof ArrayBuffer) return bytes.buffer;
  throw new TypeError('a model must not lie in shared memory');
}

export function floatTensor(data: Float32Array, dims: readonly number[]): Tensor {
  return new Tensor('float32', data, dims);
}

/** A float output by its name. */
export function floats(outputs: Readonly<Record<string, Tensor>>, name: string): Float32Array {
  const data = outputs[name]?.data;
  if (data instanceof Float32Array) return data;
  throw new TypeError(`the graph has no float output "${name}"`);
}
