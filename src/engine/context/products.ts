import { GraphBuilder } from '../graphs/graph-builder.ts';
import { Tensor } from '../onnx/session.ts';

/** Matrix products in this thread. Their last bits may differ from machine to machine; nothing is decided by them. */
export interface Products {
  /** a · bᵀ of a [rows, inner] and b [columns, inner]. */
  readonly plain: (a: Float32Array, b: Float32Array, inner: number) => Float32Array;
  /** a · b of a [rows, inner] and b [inner, columns]. */
  readonly straight: (a: Float32Array, b: Float32Array, inner: number) => Float32Array;
  /** aᵀ · bᵀ of a [inner, rows] and b [columns, inner]. */
  readonly turned: (a: Float32Array, b: Float32Array, inner: number) => Float32Array;
}

export function openProducts(): Products {
  const plain = openProduct(false, true);
  const straight = openProduct(false, false);
  const turned = openProduct(true, true);
  return {
    plain: (a, b, inner) => plain(a, [a.length / inner, inner], b, [b.length / inner, inner]),
    straight: (a, b, inner) => straight(a, [a.length / inner, inner], b, [inner, b.length / inner]),
    turned: (a, b, inner) => turned(a, [inner, a.length / inner], b, [b.length / inner, inner]),
  };
}

type Shape = readonly [number, number];

function openProduct(
  aTurned: boolean,
  bTurned: boolean,
): (a: Float32Array, aShape: Shape, b: Float32Array, bShape: Shape) => Float32Array {
  const graph = new GraphBuilder('product');
  const a = graph.input('a', 'float32', aTurned ? ['inner', 'rows'] : ['rows', 'inner']);
  const b = graph.input('b', 'float32', bTurned ? ['columns', 'inner'] : ['inner', 'columns']);
  const attributes = { transA: { int: Number(aTurned) }, transB: { int: Number(bTurned) } };
  graph.op('Gemm', [a, b], { attributes, outputs: ['out'] });
  graph.output('out', 'float32', ['rows', 'columns']);
  const session = graph.open();
  return (left, leftShape, right, rightShape) => {
    const { out } = session.run({
      a: new Tensor('float32', left, leftShape),
      b: new Tensor('float32', right, rightShape),
    });
    return out?.data as Float32Array;
  };
}
