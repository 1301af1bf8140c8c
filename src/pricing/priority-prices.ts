import { picoFromUsd } from '../core/money.ts';

/**
 * What a faster tier costs, by the list's model name. Either its own dollars per million tokens (with `withinContext`,
 * prompts over that many tokens are not served in the tier), or a factor on the standard rates of the same context length.
 */
export interface TierPrice {
  readonly model: string;
  /** First day of the price, UTC; without it the price held since the tier exists. */
  readonly since?: string;
  readonly rates?: { readonly input: string; readonly cacheRead: string; readonly output: string };
  readonly factor?: bigint;
  readonly withinContext?: number;
}

const STANDARD_CONTEXT = 271_999;
const twice = picoFromUsd('2');

function own(
  model: string,
  input: string,
  cacheRead: string,
  output: string,
  withinContext?: number,
): TierPrice {
  return { model, rates: { input, cacheRead, output }, ...(withinContext && { withinContext }) };
}

/**
 * OpenAI's priority processing, called fast mode since 2026-07-30. Read on 2026-11-24 from
 * https://openai.com/api-priority-processing/, https://openai.com/api-fast-mode/ and the models' pages below
 * https://developers.openai.com/api/docs/models/. The factor of the newer models is their pages' "twice the Standard rate
 * for the same context length"; before 2026-07-30 the 5.6 models' rates are not known.
 */
export const OPENAI_PRIORITY: readonly TierPrice[] = [
  own('gpt-4o', '4.25', '2.125', '17'),
  own('gpt-4o-mini', '0.25', '0.125', '1'),
  own('gpt-4.1', '3.50', '0.875', '14'),
  own('gpt-4.1-mini', '0.70', '0.175', '2.80'),
  own('gpt-4.1-nano', '0.20', '0.05', '0.80'),
  own('o3', '3.50', '0.875', '14'),
  own('o4-mini', '2', '0.5', '8'),
  own('gpt-5', '2.50', '0.25', '20'),
  own('gpt-5-mini', '0.45', '0.045', '3.60'),
  own('gpt-5.1', '2.50', '0.25', '20'),
  own('gpt-5.2', '3.50', '0.35', '28'),
  own('gpt-5.4', '5', '0.5', '30', STANDARD_CONTEXT),
  own('gpt-5.4-mini', '1.50', '0.15', '9'),
  own('gpt-5.5', '12.50', '1.25', '75', STANDARD_CONTEXT),
  { model: 'gpt-5.6-sol', since: '2026-07-30', factor: twice },
  { model: 'gpt-5.6-terra', since: '2026-07-30', factor: twice },
  { model: 'gpt-5.6-luna', since: '2026-07-30', factor: twice },
];

const GOOGLE_FACTOR = picoFromUsd('1.8');

/**
 * Gemini's priority tier. Read on 2026-11-24 in the notes of genai-prices on https://ai.google.dev/gemini-api/docs/pricing;
 * the other models cost "75 % to 100 % more", which is no price.
 */
export const GOOGLE_PRIORITY: readonly TierPrice[] = [
  { model: 'gemini-3.7-flash', factor: GOOGLE_FACTOR },
  { model: 'gemini-3.8-flash', factor: GOOGLE_FACTOR },
];

/** The model's price in force at that time, in epoch milliseconds; null when none is known. */
export function tierPriceAt(table: readonly TierPrice[], model: string, at: number): TierPrice | null {
  const held = table.filter(
    (price) => price.model === model && (!price.since || at >= Date.parse(`${price.since}T00:00:00Z`)),
  );
  return held.at(-1) ?? null;
}
