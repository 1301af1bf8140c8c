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
  /** As `turned`, of a square b that is lower triangular: what is zero in it is not multiplied. */
  readonly turnedByLower: (a: Float32Array, b: Float32Array, inner: number) => Float32Array;
  /** As `straight`, of an a that is square and lower triangular. */
  readonly lowerStraight: (a: Float32Array, b: Float32Array, inner: number) => Float32Array;
}

/** Rows of a triangle that are multiplied at once, as a rectangle. */
const ROWS_AT_ONCE = 128;

export function openProducts(): Products {
  const plain = openProduct(false, true);
  const straight = openProduct(false, false);
  const turned = openProduct(true, true);
  return {
    plain: (a, b, inner) => plain(a, [a.length / inner, inner], b, [b.length / inner, inner]),
    straight: (a, b, inner) => straight(a, [a.length / inner, inner], b, [inner, b.length / inner]),
    turned: (a, b, inner) => turned(a, [inner, a.length / inner], b, [b.length / inner, inner]),
    turnedByLower: (a, b, inner) => {
      const rows = a.length / inner;
      const out = new Float32Array(a.length);
      for (const { from, to, part } of rectangles(b, inner)) {
        const columns = turned(a.subarray(0, to * rows), [to, rows], part, [to - from, to]);
        for (let row = 0, at = 0; row < rows; row++, at += to - from)
          out.set(columns.subarray(at, at + to - from), row * inner + from);
      }
      return out;
    },
    lowerStraight: (a, b, inner) => {
      const columns = b.length / inner;
      const out = new Float32Array(b.length);
      for (const { from, to, part } of rectangles(a, inner)) {
        const rows = straight(part, [to - from, to], b.subarray(0, to * columns), [to, columns]);
        out.set(rows, from * columns);
      }
      return out;
    },
  };
}

/** A square lower triangular matrix, some rows at a time without the zeros behind the last of them. */
function* rectangles(
  matrix: Float32Array,
  size: number,
): Generator<{ readonly from: number; readonly to: number; readonly part: Float32Array }> {
  for (let from = 0; from < size; from += ROWS_AT_ONCE) {
    const to = Math.min(size, from + ROWS_AT_ONCE);
    const part = new Float32Array((to - from) * to);
    for (let row = from; row < to; row++)
      part.set(matrix.subarray(row * size, row * size + to), (row - from) * to);
    yield { from, to, part };
  }
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
