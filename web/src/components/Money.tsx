import { exactUsd, formatUsd, formatUsdColumn, picoFromUsd, type PicoUsd } from '../format/money.ts';

interface MoneyProps {
  /** An exact decimal string as the API gives it, or a sum of such. */
  readonly usd: string | PicoUsd;
  /** For columns: so many decimals, so that points stand below each other; leading zeros step back. */
  readonly decimals?: number;
}

const LEADING_ZEROS = /^(\$0\.0*)(.*)$/;

/** An amount for reading; its title has every digit. */
export function Money({ usd, decimals }: MoneyProps) {
  const pico = typeof usd === 'string' ? picoFromUsd(usd) : usd;
  if (decimals === undefined) return <span title={exactUsd(pico)}>{formatUsd(pico)}</span>;
  const text = formatUsdColumn(pico, decimals);
  const [, zeros = '', digits = text] = LEADING_ZEROS.exec(text) ?? [];
  return (
    <span title={exactUsd(pico)}>
      <span className="quiet">{zeros}</span>
      {digits}
    </span>
  );
}
