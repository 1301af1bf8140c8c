import {
  type Attribute,
  type Dim,
  type ElementType,
  externalTensor,
  model,
  node,
  tensor,
  value,
} from '../onnx/encode.ts';
import { openSession, type Session } from '../onnx/session.ts';

export interface OpOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** One of ONNX Runtime's own operators. */
  readonly microsoft?: boolean;
  /** Names of the outputs; a fresh one when not said. An empty name leaves an output out. */
  readonly outputs?: readonly string[];
}

/** Collects one ONNX graph; every operator is named by what it puts out. */
export class GraphBuilder {
  readonly #name: string;
  readonly #nodes: Uint8Array[] = [];
  readonly #inputs: Uint8Array[] = [];
  readonly #outputs: Uint8Array[] = [];
  readonly #initializers: Uint8Array[] = [];
  readonly #external: { path: string; data: Uint8Array }[] = [];
  #fresh = 0;

  constructor(name: string) {
    this.#name = name;
  }

  input(name: string, type: ElementType, dims: readonly Dim[]): string {
    this.#inputs.push(value(name, type, dims));
    return name;
  }

  output(name: string, type: ElementType, dims: readonly Dim[]): void {
    this.#outputs.push(value(name, type, dims));
  }

  /** A small constant, in the graph itself: shapes, axes. */
  small(type: ElementType, dims: readonly number[], data: ArrayBufferView): string {
    const name = this.#next('c');
    this.#initializers.push(tensor(name, type, dims, data));
    return name;
  }

  int64s(...values: readonly number[]): string {
    return this.small(
      'int64',
      [values.length],
      BigInt64Array.from(values, (each) => BigInt(each)),
    );
  }

  /** A weight, outside of the graph, so that its encoding does not copy it. */
  weight(type: ElementType, dims: readonly number[], data: Float32Array | Uint8Array): string {
    const name = this.#next('w');
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const place = { location: name, offset: 0, length: bytes.length };
    this.#initializers.push(externalTensor(name, type, dims, place));
    this.#external.push({ path: name, data: bytes });
    return name;
  }

  /** @returns the name of the first output */
  op(op: string, inputs: readonly string[], options: OpOptions = {}): string {
    const outputs = options.outputs ?? [this.#next('t')];
    this.#nodes.push(
      node({
        op,
        inputs,
        outputs,
        ...(options.attributes && { attributes: options.attributes }),
        ...(options.microsoft && { domain: 'com.microsoft' }),
      }),
    );
    return outputs[0] ?? '';
  }

  /** Splits along the last axis. */
  split(input: string, sizes: readonly number[], outputs?: readonly string[]): readonly string[] {
    const names = outputs ?? sizes.map(() => this.#next('t'));
    this.op('Split', [input, this.int64s(...sizes)], { attributes: { axis: { int: -1 } }, outputs: names });
    return names;
  }

  open(): Session {
    const bytes = model({
      name: this.#name,
      nodes: this.#nodes,
      inputs: this.#inputs,
      outputs: this.#outputs,
      initializers: this.#initializers,
    });
    return openSession(bytes, { externalData: this.#external });
  }

  #next(prefix: string): string {
    return `${prefix}${this.#fresh++}`;
  }
}
