/**
 * Dollars come as exact decimal strings and are summed as bigint picodollars (1e-12 USD); floats are for the
 * width of bars only.
 */
export type PicoUsd = bigint;

const PICO_DIGITS = 12;
const PICO_PER_USD = 10n ** 12n;
const PICO_PER_CENT = 10n ** 10n;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;
const grouped = new Intl.NumberFormat('en-US');

/** @throws RangeError when `usd` is no plain decimal number */
export function picoFromUsd(usd: string): PicoUsd {
  const match = DECIMAL.exec(usd);
  if (!match) throw new RangeError(`not an amount of dollars: ${JSON.stringify(usd)}`);
  const [, sign, whole = '0', fraction = ''] = match;
  const kept = BigInt(whole + fraction.slice(0, PICO_DIGITS).padEnd(PICO_DIGITS, '0'));
  const magnitude = kept + (Number(fraction.charAt(PICO_DIGITS) || '0') >= 5 ? 1n : 0n);
  return sign === '-' ? -magnitude : magnitude;
}

/** Every digit, at least two decimals: `$0.00123`. For titles and for whoever checks a bill. */
export function exactUsd(pico: PicoUsd): string {
  const [whole, fraction] = digitsOf(pico);
  return `${signOf(pico)}$${grouped.format(whole)}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`;
}

/** For reading: cents from a dollar on, four decimals from a cent on, below that three significant digits. */
export function formatUsd(pico: PicoUsd): string {
  return formatUsdTo(pico, decimalsFor(pico));
}

/** With a given number of decimals, rounded half away from zero. */
export function formatUsdTo(pico: PicoUsd, decimals: number): string {
  const unit = 10n ** BigInt(PICO_DIGITS - decimals);
  const rounded = ((abs(pico) * 2n + unit) / (unit * 2n)) * unit;
  const [whole, fraction] = digitsOf(rounded);
  const shown = decimals > 0 ? `.${fraction.slice(0, decimals)}` : '';
  return `${rounded === 0n ? '' : signOf(pico)}$${grouped.format(whole)}${shown}`;
}

/** Decimals that suit a whole column, so that its points stand below each other: those of its largest amount. */
export function columnDecimals(amounts: Iterable<PicoUsd>): number {
  let largest = 0n;
  for (const amount of amounts) if (abs(amount) > largest) largest = abs(amount);
  if (largest >= 100n * PICO_PER_USD) return 2;
  return largest >= PICO_PER_USD ? 4 : 6;
}

/** As few decimals as show every digit of all of them; at least two. */
export function exactDecimals(amounts: readonly PicoUsd[]): number {
  const used = amounts.map((amount) => digitsOf(amount)[1].replace(/0+$/, '').length);
  return Math.max(2, ...used);
}

/** As `formatUsdTo`, but what is not nothing never reads as nothing: `<$0.01`. */
export function formatUsdColumn(pico: PicoUsd, decimals: number): string {
  const unit = 10n ** BigInt(PICO_DIGITS - decimals);
  if (pico === 0n || abs(pico) * 2n >= unit) return formatUsdTo(pico, decimals);
  return `${pico < 0n ? '>' : '<'}${formatUsdTo(pico < 0n ? -unit : unit, decimals)}`;
}

/** With a sign in front, for changes: `+$1.20`. */
export function formatUsdChange(pico: PicoUsd, decimals: number): string {
  return pico > 0n ? `+${formatUsdColumn(pico, decimals)}` : formatUsdColumn(pico, decimals);
}

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 2 });

/** Labels of an axis, whose ticks are pixels' values and so may be floats: alike in decimals, `$1.2K` from a thousand on. */
export function formatUsdTicks(ticks: readonly number[]): readonly string[] {
  const step = Math.abs((ticks[1] ?? 0) - (ticks[0] ?? 0));
  return ticks.map((usd) => {
    if (usd === 0) return '$0';
    const [sign, size] = [usd < 0 ? '−' : '', Math.abs(usd)];
    if (step >= 100) return `${sign}$${compact.format(size)}`;
    return `${sign}$${grouped.format(Math.trunc(size))}${size.toFixed(tickDecimals(step)).replace(/^\d+/, '')}`;
  });
}

/** None for whole dollars, else cents or as many decimals as the step has. */
function tickDecimals(step: number): number {
  if (step >= 1 && Number.isInteger(step)) return 0;
  for (let decimals = 2; decimals < PICO_DIGITS; decimals += 1) {
    const scaled = step * 10 ** decimals;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled) return decimals;
  }
  return PICO_DIGITS;
}

export function sumUsd(amounts: Iterable<string>): PicoUsd {
  let sum = 0n;
  for (const usd of amounts) sum += picoFromUsd(usd);
  return sum;
}

/** `pico / count`, rounded half away from zero; zero for no calls. */
export function perCall(pico: PicoUsd, count: number): PicoUsd {
  if (count === 0) return 0n;
  const n = BigInt(count);
  const rounded = (2n * abs(pico) + n) / (2n * n);
  return pico < 0n ? -rounded : rounded;
}

/** Dollars as a float, for pixels only. */
export function pixelUsd(pico: PicoUsd): number {
  return Number(pico) / Number(PICO_PER_USD);
}

/** 0 to 1, for pixels and percentages. */
export function shareOf(part: PicoUsd, whole: PicoUsd): number {
  return whole === 0n ? 0 : Number(part) / Number(whole);
}

function decimalsFor(pico: PicoUsd): number {
  const magnitude = abs(pico);
  if (magnitude === 0n || magnitude >= PICO_PER_USD) return 2;
  if (magnitude >= PICO_PER_CENT) return 4;
  return Math.min(PICO_DIGITS, PICO_DIGITS - magnitude.toString().length + 3);
}

function digitsOf(pico: PicoUsd): readonly [whole: bigint, fraction: string] {
  const magnitude = abs(pico);
  return [magnitude / PICO_PER_USD, (magnitude % PICO_PER_USD).toString().padStart(PICO_DIGITS, '0')];
}

function signOf(pico: PicoUsd): string {
  return pico < 0n ? '−' : '';
}

function abs(pico: PicoUsd): PicoUsd {
  return pico < 0n ? -pico : pico;
}
