/**
 * Bounds on the share of errors that hold at all times at once, however often they are looked at: the mixture of
 * Bernoulli likelihoods over a Beta prior is a martingale at the true share (Ville 1939; Robbins 1970).
 */
export interface Tally {
  readonly n: number;
  readonly errors: number;
}

/** The prior's parameters: it favours few errors, where bounds are to be tight. */
const A = 0.5;
const B = 20;

/** Largest share of errors that is in keeping with what was seen. @param alpha chance of ever being wrong */
export function upperBound({ n, errors }: Tally, alpha: number): number {
  return root((share) => logMartingale(n, errors, share) < Math.log(1 / alpha), errors / Math.max(1, n), 1);
}

/** Whether the upper bound is at most that: one step of finding it. */
export function isBoundedBy(share: number, { n, errors }: Tally, alpha: number): boolean {
  return errors <= share * n && logMartingale(n, errors, share) >= Math.log(1 / alpha);
}

/** The logarithm of what a bet against this share has made of one unit. */
function logMartingale(n: number, errors: number, share: number): number {
  if ((share <= 0 && errors > 0) || (share >= 1 && errors < n)) return Number.POSITIVE_INFINITY;
  const likelihood =
    (errors === 0 ? 0 : errors * Math.log(share)) + (errors === n ? 0 : (n - errors) * Math.log1p(-share));
  return logBeta(A + errors, B + n - errors) - logBeta(A, B) - likelihood;
}

/** Where the condition ends between a share that meets it and one beyond. */
function root(holds: (share: number) => boolean, from: number, to: number): number {
  let [inside, outside] = [from, to];
  if (holds(to)) return to;
  for (let step = 0; step < 40; step++) {
    const middle = (inside + outside) / 2;
    if (holds(middle)) inside = middle;
    else outside = middle;
  }
  return outside;
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** Stirling's series, after moving the argument to where it is exact to 1e-10. */
function logGamma(x: number): number {
  let [at, shift] = [x, 0];
  while (at < 10) {
    shift -= Math.log(at);
    at += 1;
  }
  const inverse = 1 / (at * at);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / at;
  return shift + (at - 0.5) * Math.log(at) - at + 0.5 * Math.log(2 * Math.PI) + series;
}
