import { GraphBuilder } from '../graphs/graph-builder.ts';
import { Tensor } from '../onnx/session.ts';

/** Matrix products in this thread. Their last bits may differ from machine to machine; nothing is decided by them. */
export interface Products {
  /** a · bᵀ of a [rows, inner] and b [columns, inner]. */
  plain(a: Float32Array, b: Float32Array, inner: number): Float32Array;
  /** aᵀ · bᵀ of a [inner, rows] and b [columns, inner]. */
  turned(a: Float32Array, b: Float32Array, inner: number): Float32Array;
}

export function openProducts(): Products {
  const [plain, turned] = [openProduct(false), openProduct(true)];
  return {
    plain: (a, b, inner) => plain(a, [a.length / inner, inner], b, [b.length / inner, inner]),
    turned: (a, b, inner) => turned(a, [inner, a.length / inner], b, [b.length / inner, inner]),
  };
}

type Shape = readonly [number, number];

function openProduct(
  turned: boolean,
): (a: Float32Array, aShape: Shape, b: Float32Array, bShape: Shape) => Float32Array {
  const graph = new GraphBuilder('product');
  const a = graph.input('a', 'float32', turned ? ['inner', 'rows'] : ['rows', 'inner']);
  const b = graph.input('b', 'float32', ['columns', 'inner']);
  const attributes = { transB: { int: 1 }, ...(turned && { transA: { int: 1 } }) };
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
