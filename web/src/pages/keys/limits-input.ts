import type { KeyLimits } from '../../api/types.ts';
import { formatCompact, formatCount } from '../../format/number.ts';

type Span = NonNullable<KeyLimits['budget']>['per'];
export const SPANS: readonly Span[] = ['hour', 'day', 'week', 'month'];

/** The limits of a new key as they are typed. */
export interface LimitsInput {
  readonly usd: string;
  readonly per: Span;
  readonly requestsPerMinute: string;
  readonly tokensPerMinute: string;
  readonly concurrency: string;
}

export const NO_LIMITS: LimitsInput = {
  usd: '',
  per: 'month',
  requestsPerMinute: '',
  tokensPerMinute: '',
  concurrency: '',
};

/** What is wrong in each field, empty when nothing is. */
export type LimitFaults = Partial<Record<Exclude<keyof LimitsInput, 'per'>, string>>;

const USD = /^\d{1,7}(\.\d{1,12})?$/;
const WHOLE = /^[1-9]\d{0,8}$/;

export function faultsOf(input: LimitsInput): LimitFaults {
  const faults: { -readonly [Name in keyof LimitFaults]: string } = {};
  if (clean(input.usd) !== '' && !USD.test(clean(input.usd)))
    faults.usd = 'Write dollars below ten million, such as 10 or 2.50.';
  for (const name of ['requestsPerMinute', 'tokensPerMinute', 'concurrency'] as const)
    if (clean(input[name]) !== '' && !WHOLE.test(clean(input[name])))
      faults[name] = 'Write a whole number above 0.';
  return faults;
}

/** Null where nothing is limited, or something is wrong. */
export function limitsOf(input: LimitsInput): KeyLimits | null {
  if (Object.keys(faultsOf(input)).length > 0) return null;
  const usd = clean(input.usd);
  const whole = (text: string): number | null => (clean(text) === '' ? null : Number(clean(text)));
  const limits: KeyLimits = {
    budget: usd === '' ? null : { limitUsd: usd, per: input.per },
    requestsPerMinute: whole(input.requestsPerMinute),
    tokensPerMinute: whole(input.tokensPerMinute),
    concurrency: whole(input.concurrency),
  };
  return Object.values(limits).every((limit) => limit === null) ? null : limits;
}

/** Limits of rates in words; those of money have their own. */
export function rateWords({ requestsPerMinute, tokensPerMinute, concurrency }: KeyLimits): string {
  return [
    ...(requestsPerMinute === null ? [] : [`${formatCount(requestsPerMinute)} requests/min`]),
    ...(tokensPerMinute === null ? [] : [`${formatCompact(tokensPerMinute)} tokens/min`]),
    ...(concurrency === null ? [] : [`${formatCount(concurrency)} at once`]),
  ].join(', ');
}

/** Without what people write into numbers. */
function clean(text: string): string {
  return text
    .trim()
    .replace(/^\$/, '')
    .replaceAll(/[,_](?=\d{3})/g, '');
}
