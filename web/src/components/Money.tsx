import { exactUsd, formatUsd, formatUsdTo, picoFromUsd, type PicoUsd } from '../format/money.ts';

interface MoneyProps {
  /** An exact decimal string as the API gives it, or a sum of such. */
  readonly usd: string | PicoUsd;
  /** For columns: six decimals, so that points stand below each other and leading zeros step back. */
  readonly column?: boolean;
}

const LEADING_ZEROS = /^(−?\$0\.0*)(.*)$/;

/** An amount for reading; its title has every digit. */
export function Money({ usd, column = false }: MoneyProps) {
  const pico = typeof usd === 'string' ? picoFromUsd(usd) : usd;
  if (!column) return <span title={exactUsd(pico)}>{formatUsd(pico)}</span>;
  const text = formatUsdTo(pico, 6);
  const [, zeros = '', digits = text] = LEADING_ZEROS.exec(text) ?? [];
  return (
    <span className="money-column" title={exactUsd(pico)}>
      <span className="quiet">{zeros}</span>
      {digits}
    </span>
  );
}
