import type { Decision } from './decision.ts';
import { type PicoUsd, picoFromUsd, usdFromPico } from './money.ts';

/** What each lever saved on one call, by the stage's name: exact decimal dollars, negative where it cost more. */
export type Savings = Readonly<Record<string, string>>;

/** Null when no decision has a saving. */
export function savingsOf(decisions: readonly Decision[]): Savings | null {
  let sums: Map<string, PicoUsd> | null = null;
  for (const { stage, savedUsd } of decisions) {
    if (savedUsd === undefined) continue;
    sums ??= new Map();
    sums.set(stage, (sums.get(stage) ?? 0n) + picoFromUsd(savedUsd));
  }
  return sums && Object.fromEntries([...sums].map(([stage, saved]) => [stage, usdFromPico(saved)]));
}
