import type { TokenLogprob } from '../ports.ts';
import { expOfMinus } from './exp.ts';

/** log Σ exp of all logits. */
export function logSumExp(logits: Float32Array, max: number): number {
  let sum = 0;
  for (let id = 0; id < logits.length; id++) sum += expOfMinus(max - (logits[id] ?? 0));
  return max + Math.log(sum);
}

/** The `count` likeliest tokens, likeliest first, the lower id first of equals. */
export function topLogprobs(logits: Float32Array, total: number, count: number): TokenLogprob[] {
  const ids = new Int32Array(count);
  const values = new Float64Array(count);
  let found = 0;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] ?? 0;
    if (found === count && (count === 0 || logit <= (values[count - 1] ?? 0))) continue;
    let at = found < count ? found++ : count - 1;
    for (; at > 0 && (values[at - 1] ?? 0) < logit; at--) {
      values[at] = values[at - 1] ?? 0;
      ids[at] = ids[at - 1] ?? 0;
    }
    values[at] = logit;
    ids[at] = id;
  }
  return Array.from(ids.subarray(0, found), (token, at) => ({ token, logprob: (values[at] ?? 0) - total }));
}
