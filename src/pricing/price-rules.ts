import { messageOf } from '../core/message-of.ts';
import { picoFromUsd } from '../core/money.ts';
import type { PriceRule } from '../core/settings.ts';
import { formatTarget, type Target } from '../core/target.ts';
import { USAGE_KINDS } from '../core/usage.ts';
import { flatRate, ONE, type RateCard } from './rate-card.ts';

/** A configured rule, ready to use. */
export interface CompiledRule {
  matches(target: Target): boolean;
  /** What was agreed: it stands above the list kind by kind, in every service tier and for every length of prompt. */
  readonly card: RateCard | null;
  /** The share taken off the whole bill, scaled by `ONE`. */
  readonly discount: bigint;
}

/** @throws RangeError naming the rule, when it prices an unknown kind or a number is no usable decimal */
export function compileRule(rule: PriceRule): CompiledRule {
  const pattern = new RegExp(`^${rule.match.split('*').map(escaped).join('.*')}$`, 's');
  return {
    matches: (target) => pattern.test(formatTarget(target)),
    card: rule.rates && cardOf(rule, rule.rates),
    discount: rule.discount === null ? 0n : discountOf(rule, rule.discount),
  };
}

function cardOf(rule: PriceRule, rates: Readonly<Record<string, string>>): RateCard {
  const entries = Object.entries(rates).map(([kind, usd]) => {
    if (!USAGE_KINDS.some((known) => known === kind))
      throw new RangeError(
        `the price rule for "${rule.match}" has a rate for "${kind}"; the kinds are ${USAGE_KINDS.join(', ')}`,
      );
    const rate = within(rule, `rates.${kind}`, () => flatRate(usd));
    if (rate.base.pico < 0n)
      throw new RangeError(`the price rule for "${rule.match}" has a negative rates.${kind}`);
    return [kind, rate] as const;
  });
  return Object.fromEntries(entries) as RateCard;
}

function discountOf(rule: PriceRule, discount: string): bigint {
  const share = within(rule, 'discount', () => picoFromUsd(discount));
  if (share < 0n || share > ONE)
    throw new RangeError(
      `the price rule for "${rule.match}" has discount ${discount}; it must lie between 0 and 1, as 0.15 for 15 %`,
    );
  return share;
}

function within<Value>(rule: PriceRule, field: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    const what = messageOf(error);
    throw new RangeError(`the price rule for "${rule.match}", ${field}: ${what}`, { cause: error });
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&');
}
