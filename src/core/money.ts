/**
 * Money is a bigint count of picodollars (1e-12 USD) and never a float. A price list says dollars per million
 * tokens; as picodollars per million units every published price is an exact integer.
 */
export type PicoUsd = bigint;

const PICO_PER_USD = 1_000_000_000_000n;
const PICO_DIGITS = 12;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,3}))?$/i;

/**
 * Parses a decimal amount of dollars exactly. Digits beyond the twelfth decimal are rounded half away from zero.
 * @throws RangeError when `usd` is no finite decimal number
 */
export function picoFromUsd(usd: string | number): PicoUsd {
  const match = DECIMAL.exec(String(usd).trim());
  if (!match) throw new RangeError(`not a decimal amount of dollars: ${JSON.stringify(usd)}`);
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const shift = PICO_DIGITS + Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  const magnitude = shift >= 0 ? digits * 10n ** BigInt(shift) : divideRounded(digits, 10n ** BigInt(-shift));
  return sign === '-' ? -magnitude : magnitude;
}

/** Formats exactly, with at least six decimals and no trailing zeros beyond them: `"0.001234"`. */
export function usdFromPico(pico: PicoUsd): string {
  const magnitude = pico < 0n ? -pico : pico;
  const whole = magnitude / PICO_PER_USD;
  const fraction = (magnitude % PICO_PER_USD).toString().padStart(PICO_DIGITS, '0');
  const kept = fraction.slice(0, 6) + fraction.slice(6).replace(/0+$/, '');
  return `${pico < 0n ? '-' : ''}${whole}.${kept}`;
}

/** `numerator / denominator`, rounded half away from zero. Both may be negative; a zero denominator throws. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  // Most prices divide evenly.
  if (quotient * denominator === numerator) return quotient;
  const negative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const rounded = (2n * n + d) / (2n * d);
  return negative ? -rounded : rounded;
}
