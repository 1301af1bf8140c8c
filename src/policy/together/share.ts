import { NO_USAGE, type Usage, USAGE_KINDS, type UsageKind } from '../../core/usage.ts';

/** By what a call's part of a common bill is measured; positive. */
export interface Weight {
  readonly input: number;
  readonly output: number;
}

const OF_OUTPUT: ReadonlySet<UsageKind> = new Set(['output', 'reasoning', 'outputAudio', 'outputImage']);

/**
 * Splits a whole number by weights (largest remainder: Hamilton's method). The parts are whole and add up to the total.
 * Of equal remainders, the earlier gets more.
 */
export function apportion(total: number, weights: readonly number[]): number[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  if (all <= 0) return weights.map((_, index) => (index === 0 ? total : 0));
  const quotas = weights.map((weight) => (total * weight) / all);
  const parts = quotas.map(Math.floor);
  const byRemainder = quotas
    .map((quota, index) => ({ index, remainder: quota - Math.floor(quota) }))
    .toSorted((a, b) => b.remainder - a.remainder || a.index - b.index);
  let left = total - parts.reduce((sum, part) => sum + part, 0);
  for (const { index } of byRemainder) {
    if (left <= 0) break;
    parts[index] = (parts[index] ?? 0) + 1;
    left -= 1;
  }
  return parts;
}

/** Splits what was consumed: prompt tokens by the weights of the inputs, generated ones by those of the outputs. */
export function splitUsage(usage: Usage, weights: readonly Weight[]): Usage[] {
  const shares = weights.map((): Record<UsageKind, number> => ({ ...NO_USAGE }));
  // Thoughts are a part of the output: what was said is split apart from them, so that no share has more of them.
  const thought = usage.reasoning <= usage.output ? usage.reasoning : 0;
  for (const kind of USAGE_KINDS) {
    if (usage[kind] === 0) continue;
    const by = OF_OUTPUT.has(kind) ? 'output' : 'input';
    const total = kind === 'output' ? usage.output - thought : usage[kind];
    const parts = apportion(
      total,
      weights.map((weight) => weight[by]),
    );
    shares.forEach((share, index) => {
      share[kind] += parts[index] ?? 0;
      if (kind === 'reasoning' && thought > 0) share.output += parts[index] ?? 0;
    });
  }
  return shares;
}
