import type { SamplingOptions } from '../../ports.ts';
import type { History } from '../penalties.ts';

/** Probability of each token, by sorting everything, step by step as the options are described. */
export function referenceDistribution(
  logits: readonly number[],
  options: SamplingOptions,
  history: History,
): number[] {
  const penalised = logits.map((logit, id) => {
    let value = logit;
    if ([...history.prompt, ...history.output].includes(id))
      value = value > 0 ? value / options.repetitionPenalty : value * options.repetitionPenalty;
    const count = history.output.filter((token) => token === id).length;
    return value - options.frequencyPenalty * count - (count > 0 ? options.presencePenalty : 0);
  });
  const order = penalised.map((_, id) => id).sort((a, b) => penalised[b]! - penalised[a]! || a - b);
  if (options.temperature === 0) return logits.map((_, id) => (id === order[0] ? 1 : 0));
  let kept = order.slice(0, options.topK === 0 ? undefined : options.topK);
  const max = penalised[order[0]!]!;
  const weight = (id: number): number => Math.exp((penalised[id]! - max) / options.temperature);
  const total = kept.reduce((sum, id) => sum + weight(id), 0);
  if (options.topP < 1) {
    let sum = 0;
    const count = kept.findIndex((id) => (sum += weight(id) / total) >= options.topP) + 1;
    kept = kept.slice(0, count || undefined);
  }
  kept = kept.filter((id) => weight(id) >= options.minP);
  const rest = kept.reduce((sum, id) => sum + weight(id), 0);
  return logits.map((_, id) => (kept.includes(id) ? weight(id) / rest : 0));
}
