import type { Candidate, Strategy } from '../candidate.ts';

/** By the median latency of late, over the share of calls that succeed. A target that is not known yet is tried first. */
export const fastest: Strategy = ({ candidates }) => {
  const order = candidates.toSorted((a, b) => expectedMs(a) - expectedMs(b));
  const ms = order[0]?.p50Ms ?? null;
  return {
    order,
    why:
      ms === null
        ? 'its latency is not known yet'
        : `the fastest, half of its answers within ${ms.toFixed(0)} ms`,
  };
};

function expectedMs({ p50Ms, successRate }: Candidate): number {
  return p50Ms === null ? 0 : p50Ms / Math.max(successRate, 0.01);
}
