import type { CallRecord, RecordedCostPart } from '../../api/types.ts';
import { formatUsd, picoFromUsd, shareOf, sumUsd, type PicoUsd } from '../../format/money.ts';
import { formatCount, formatPercent } from '../../format/number.ts';
import { sentence } from '../../format/words.ts';
import { kindName, rateText, unitsText } from './bill.ts';

const MILLION = 1_000_000n;
const WORTH_TELLING = 0.3;

/** Why a call cost what it cost, in sentences, the weightiest first. */
export function whySentences(call: CallRecord): readonly string[] {
  return [
    unpriced(call),
    biggestPart(call),
    cacheEffect(call),
    reasoning(call),
    tier(call),
    attempts(call),
    saved(call),
    estimated(call),
  ].filter((sentence) => sentence !== null);
}

function unpriced({ unpriced, unpricedReason }: CallRecord): string | null {
  if (!unpriced) return null;
  return `${sentence(unpricedReason ?? 'No price is known for this model')} The call is in no sum.`;
}

function biggestPart({ costParts, costUsd }: CallRecord): string | null {
  const total = costUsd === null ? 0n : picoFromUsd(costUsd);
  const [biggest] = [...costParts].sort((a, b) => (picoFromUsd(a.costUsd) < picoFromUsd(b.costUsd) ? 1 : -1));
  if (!biggest || total <= 0n) return null;
  const share = shareOf(picoFromUsd(biggest.costUsd), total);
  const what = biggest.per === 'million-tokens' ? `${unitsText(biggest)} tokens` : unitsText(biggest);
  const much = costParts.length === 1 ? 'is all of it' : `is ${formatPercent(share)} of it`;
  return `${kindName(biggest.kind)} ${much}: ${what} at ${rateText(biggest)}.`;
}

/** What the cache saved, or what writing to it cost more, against plain input at the same call's rate. */
function cacheEffect({ costParts }: CallRecord): string | null {
  const plain = costParts.find(({ kind }) => kind === 'input');
  const cached = costParts.filter(({ kind }) => kind.startsWith('cache'));
  if (!plain || plain.per !== 'million-tokens' || cached.length === 0) return null;
  const gain = cached.reduce(
    (sum, part) => sum + atRate(part, plain.rateUsd) - picoFromUsd(part.costUsd),
    0n,
  );
  const units = formatCount(cached.reduce((sum, part) => sum + part.units, 0));
  if (gain > 0n) return `The cache made it ${formatUsd(gain)} cheaper (${units} tokens read or written).`;
  if (gain < 0n)
    return `Writing to the cache made it ${formatUsd(-gain)} dearer; that pays once the prompt is read again.`;
  return null;
}

function atRate({ units }: RecordedCostPart, rateUsd: string): PicoUsd {
  return (picoFromUsd(rateUsd) * BigInt(Math.round(units))) / MILLION;
}

function reasoning({ usage }: CallRecord): string | null {
  if (usage.output === 0 || usage.reasoning / usage.output < WORTH_TELLING) return null;
  return `${formatPercent(usage.reasoning / usage.output)} of the output was reasoning.`;
}

function tier({ serviceTier }: CallRecord): string | null {
  if (serviceTier === null || serviceTier === 'default' || serviceTier === 'standard') return null;
  return `Served and priced as the ${serviceTier} tier.`;
}

function attempts({ attempts: count }: CallRecord): string | null {
  return count > 1 ? `It took ${count} attempts.` : null;
}

/** Against not doing each of them alone. */
function saved({ decisions, costUsd }: CallRecord): string | null {
  const sum = sumUsd(decisions.flatMap(({ savedUsd }) => savedUsd ?? []));
  if (sum === 0n || costUsd === null) return null;
  const without = formatUsd(picoFromUsd(costUsd) + sum);
  return sum > 0n
    ? `Levers saved ${formatUsd(sum)}: it would have cost ${without}.`
    : `Levers made it ${formatUsd(-sum)} dearer: it would have cost ${without}.`;
}

function estimated({ usageSource }: CallRecord): string | null {
  if (usageSource !== 'estimated') return null;
  return 'The provider told no final usage: the tokens were counted here, so the cost is an estimate.';
}
