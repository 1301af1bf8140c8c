/**
 * Bounds on the share of errors that hold at all times at once, however often they are looked at. Bets against a share, each
 * that errors come at some fraction of it, multiply their stake by (1 − f·share)/(1 − share) at each right answer and by f at
 * each error. The mixture of such stakes is at most 1 on average (Ville 1939; Robbins 1970), and not only where the chance of
 * an error stays the same: at every time at which the mean chance so far is the share or above, it is at most a martingale
 * that starts at 1, since log(1 + λ·(share − chance)) is concave in the chance.
 */
export interface Tally {
  readonly n: number;
  readonly errors: number;
}

/** Fractions of the share that bets are placed on, and their parts of the stake: most on few errors. */
const BETS = [
  [0, 0.4],
  [1 / 8, 0.15],
  [1 / 4, 0.15],
  [3 / 8, 0.1],
  [1 / 2, 0.1],
  [5 / 8, 0.05],
  [3 / 4, 0.05],
] as const;

/** Largest share of errors that is in keeping with what was seen. @param alpha chance of ever being wrong */
export function upperBound(tally: Tally, alpha: number): number {
  return root(
    (share) => logStake(tally, share) < Math.log(1 / alpha),
    tally.errors / Math.max(1, tally.n),
    1,
  );
}

/** Whether the upper bound is at most that: one step of finding it. */
export function isBoundedBy(share: number, tally: Tally, alpha: number): boolean {
  return logStake(tally, share) >= Math.log(1 / alpha);
}

/** The logarithm of what the bets against this share have made of one unit. */
function logStake({ errors, n }: Tally, share: number): number {
  if (share <= 0) return errors > 0 ? Number.POSITIVE_INFINITY : 0;
  if (share >= 1) return errors < n ? Number.POSITIVE_INFINITY : 0;
  const logs = BETS.map(([fraction, part]) => {
    const right = (n - errors) * (Math.log1p(-fraction * share) - Math.log1p(-share));
    return Math.log(part) + right + (errors === 0 ? 0 : errors * Math.log(fraction));
  });
  const most = Math.max(...logs);
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0));
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
