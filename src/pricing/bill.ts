import { divideRounded, type PicoUsd, usdFromPico } from '../core/money.ts';
import type { CostPart, PricedCost } from '../core/price.ts';
import { promptTokens, USAGE_KINDS, type Usage } from '../core/usage.ts';
import { type BilledKind, perOf, priceFor, times } from './rate-card.ts';
import type { Tariff } from './tariff.ts';

/** In the order of a bill's lines. */
const BILLED: readonly BilledKind[] = [
  'input',
  'inputAudio',
  'inputImage',
  'cacheRead',
  'cacheReadAudio',
  'cacheWrite5m',
  'cacheWrite1h',
  'output',
  'reasoning',
  'outputAudio',
  'outputImage',
  'webSearches',
  'fileSearches',
  'requests',
];
const UNITS_PER = { 'million-tokens': 1_000_000n, thousand: 1_000n } as const;

/**
 * The bill of one call: a line a kind that was used, each exactly its units at its rate, and their sum. A kind without a
 * price leaves the whole call unpriced.
 */
export function bill(usage: Usage, tariff: Tariff): PricedCost {
  for (const kind of USAGE_KINDS) {
    const units = usage[kind];
    if (!Number.isSafeInteger(units) || units < 0)
      return unpriced(tariff.name, `its usage says ${units} for ${kind}, which is no count`);
  }
  const prompt = promptTokens(usage);
  const parts: CostPart[] = [];
  let total: PicoUsd = 0n;
  const used = billedUnits(usage, tariff);
  for (const kind of BILLED) {
    const units = used[kind];
    if (units === 0) continue;
    const blurred = kind === 'requests' ? undefined : tariff.blurred[kind];
    if (blurred !== undefined) return unpriced(tariff.name, blurred);
    const rate = tariff.rateOf(kind);
    if (typeof rate === 'string') return unpriced(tariff.name, rate);
    const price = priceFor(rate, prompt);
    if (price === null) return unpriced(tariff.name, `none is known for a prompt of ${prompt} tokens`);
    const per = perOf(kind);
    const cost = divideRounded(BigInt(units) * price.pico, UNITS_PER[per]);
    total += cost;
    parts.push({ kind, units, rateUsd: price.usd, per, cost });
  }
  const adjustment = tariff.discount === 0n ? 0n : -times(total, tariff.discount);
  if (adjustment !== 0n) {
    total += adjustment;
    parts.push(adjustmentPart(adjustment));
  }
  return { priced: true, total, parts, version: tariff.version };
}

/** Says of which target no price is known, why, and what helps. */
export function unpriced(name: string, why: string): PricedCost {
  return { priced: false, why: `${name} has no price: ${why}; prices.rules can give one` };
}

/** A discount as a line of its own: one piece, at a thousandth of its rate like all pieces. */
function adjustmentPart(cost: PicoUsd): CostPart {
  return { kind: 'adjustment', units: 1, rateUsd: usdFromPico(cost * 1_000n), per: 'thousand', cost };
}

/** Usage cut into kinds that do not overlap. A part never exceeds its whole, whatever a provider reported. */
function billedUnits(usage: Usage, tariff: Tariff): Readonly<Record<BilledKind, number>> {
  const inputAudio = Math.min(usage.inputAudio, usage.input);
  const inputImage = Math.min(usage.inputImage, usage.input - inputAudio);
  const cacheReadAudio = Math.min(usage.cacheReadAudio, usage.cacheRead);
  const outputAudio = Math.min(usage.outputAudio, usage.output);
  const outputImage = Math.min(usage.outputImage, usage.output - outputAudio);
  const spoken = usage.output - outputAudio - outputImage;
  const reasoning = tariff.splitsReasoning ? Math.min(usage.reasoning, spoken) : 0;
  return {
    input: usage.input - inputAudio - inputImage,
    inputAudio,
    inputImage,
    cacheRead: usage.cacheRead - cacheReadAudio,
    cacheReadAudio,
    cacheWrite5m: usage.cacheWrite5m,
    cacheWrite1h: usage.cacheWrite1h,
    output: spoken - reasoning,
    reasoning,
    outputAudio,
    outputImage,
    webSearches: usage.webSearches,
    fileSearches: usage.fileSearches,
    requests: tariff.chargesRequests ? 1 : 0,
  };
}
