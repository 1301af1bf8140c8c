/** A function of several variables with its gradient, which is written into `gradient`. */
export type Objective = (at: Float64Array, gradient: Float64Array) => number;

const MEMORY = 10;
const SUFFICIENT = 1e-4;
const MOST_HALVINGS = 40;

/**
 * The lowest point of a smooth convex function, by L-BFGS with a backtracking line search (Nocedal and Wright, Numerical
 * Optimization, algorithms 7.4 and 3.1).
 * @param tolerance length of the gradient, relative to 1, at which it ends
 */
export function minimize(
  objective: Objective,
  start: Float64Array,
  tolerance = 1e-5,
  mostSteps = 500,
): Float64Array {
  const size = start.length;
  let at = Float64Array.from(start);
  let gradient = new Float64Array(size);
  let value = objective(at, gradient);
  const moves: { readonly s: Float64Array; readonly y: Float64Array; readonly rho: number }[] = [];
  for (let step = 0; step < mostSteps && norm(gradient) > tolerance; step++) {
    const direction = descent(gradient, moves);
    const slope = dot(direction, gradient);
    let length = moves.length === 0 ? Math.min(1, 1 / norm(gradient)) : 1;
    const next = new Float64Array(size);
    const nextGradient = new Float64Array(size);
    let nextValue = Number.POSITIVE_INFINITY;
    for (let halving = 0; halving < MOST_HALVINGS; halving++, length /= 2) {
      for (let i = 0; i < size; i++) next[i] = at[i]! + length * direction[i]!;
      nextValue = objective(next, nextGradient);
      if (nextValue <= value + SUFFICIENT * length * slope) break;
    }
    // No step is lower within what numbers of this size can tell.
    if (!(nextValue < value)) return at;
    const s = minus(next, at);
    const y = minus(nextGradient, gradient);
    const curvature = dot(s, y);
    if (curvature > 0) moves.push({ s, y, rho: 1 / curvature });
    if (moves.length > MEMORY) moves.shift();
    at = next;
    gradient = nextGradient;
    value = nextValue;
  }
  return at;
}

/** The two-loop recursion: the gradient times the inverse Hessian that the last moves tell, downwards. */
function descent(
  gradient: Float64Array,
  moves: readonly { readonly s: Float64Array; readonly y: Float64Array; readonly rho: number }[],
): Float64Array {
  const q = Float64Array.from(gradient);
  const alphas: number[] = [];
  for (const { s, y, rho } of moves.toReversed()) {
    const alpha = rho * dot(s, q);
    alphas.push(alpha);
    add(q, y, -alpha);
  }
  const last = moves.at(-1);
  const scale = last ? 1 / (last.rho * dot(last.y, last.y)) : 1;
  for (let i = 0; i < q.length; i++) q[i]! *= scale;
  for (const { s, y, rho } of moves) add(q, s, (alphas.pop() ?? 0) - rho * dot(y, q));
  for (let i = 0; i < q.length; i++) q[i] = -q[i]!;
  return q;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

function minus(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]!);
}

function add(to: Float64Array, what: Float64Array, times: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += times * what[i]!;
}
