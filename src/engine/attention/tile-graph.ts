import { model, node, tensor, value } from '../onnx/encode.ts';
import { floatTensor, openSession, type Session, type Tensor } from '../onnx/session.ts';

/** Partial attention of `count` queries of one KV head, as tensors: what one tile gives, the next takes. */
export interface TileState {
  /** [count, 1] */
  readonly m: Tensor;
  /** [count, 1] */
  readonly e: Tensor;
  /** [count, dim] */
  readonly o: Tensor;
}

/** One KV head's attention over tiles of K and V, [tokens, dim], by ONNX graphs that return only m, e and o. */
export interface TileGraph {
  empty(count: number, dim: number): TileState;
  /** @param mask what is added to the scores, [count, tokens] */
  attend(q: Tensor, k: Tensor, v: Tensor, state: TileState, mask?: Tensor): TileState;
  close(): void;
}

const MATRIX = ['tokens', 'dim'] as const;

/** Sessions are opened when they are first used. */
export function openTileGraph(): TileGraph {
  const sessions = new Map<boolean, Session>();
  const sessionFor = (masked: boolean): Session => {
    const session = sessions.get(masked) ?? openSession(tileModel(masked));
    sessions.set(masked, session);
    return session;
  };
  return {
    empty: (count, dim) => ({
      m: floatTensor(new Float32Array(count).fill(-Infinity), [count, 1]),
      e: floatTensor(new Float32Array(count), [count, 1]),
      o: floatTensor(new Float32Array(count * dim), [count, dim]),
    }),
    attend(q, k, v, { m: m0, e: e0, o: o0 }, mask) {
      const out = sessionFor(mask !== undefined).run({ q, k, v, m0, e0, o0, ...(mask && { mask }) });
      const { m, e, o } = out;
      if (!m || !e || !o) throw new Error('the attention graph has other outputs');
      return { m, e, o };
    },
    close() {
      for (const session of sessions.values()) session.dispose();
      sessions.clear();
    },
  };
}

function tileModel(masked: boolean): Uint8Array {
  const keep = { keepdims: { int: 1 } };
  const op = (name: string, inputs: readonly string[], output: string, attributes = {}): Uint8Array =>
    node({ op: name, inputs, outputs: [output], attributes });
  const state = [
    value('m0', 'float32', ['count', 1]),
    value('e0', 'float32', ['count', 1]),
    value('o0', 'float32', ['count', 'dim']),
  ];
  return model({
    name: 'attention over a tile',
    nodes: [
      op('Gemm', ['q', 'k', ...(masked ? ['mask'] : [])], 's', { transB: { int: 1 } }),
      op('ReduceMax', ['s', 'last'], 'top', keep),
      op('Max', ['top', 'm0'], 'm'),
      op('Sub', ['s', 'm'], 'shifted'),
      op('Exp', ['shifted'], 'p'),
      op('Sub', ['m0', 'm'], 'down'),
      op('Exp', ['down'], 'scale'),
      op('ReduceSum', ['p', 'last'], 'e1', keep),
      op('Mul', ['e0', 'scale'], 'e2'),
      op('Add', ['e1', 'e2'], 'e'),
      op('MatMul', ['p', 'v'], 'o1'),
      op('Mul', ['o0', 'scale'], 'o2'),
      op('Add', ['o1', 'o2'], 'o'),
    ],
    inputs: [
      value('q', 'float32', ['count', 'dim']),
      value('k', 'float32', MATRIX),
      value('v', 'float32', MATRIX),
      ...state,
      ...(masked ? [value('mask', 'float32', ['count', 'tokens'])] : []),
    ],
    outputs: [
      value('m', 'float32', ['count', 1]),
      value('e', 'float32', ['count', 1]),
      value('o', 'float32', ['count', 'dim']),
    ],
    initializers: [tensor('last', 'int64', [1], BigInt64Array.of(-1n))],
  });
}
