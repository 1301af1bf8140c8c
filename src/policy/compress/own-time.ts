import { divideRounded, picoFromUsd, usdFromPico } from '../../core/money.ts';
import type { CostPart } from '../../core/price.ts';

const NANO_PER_HOUR = 3_600_000_000_000n;

/** What the compressor's own time costs on a machine of so many dollars an hour. */
export function timeCost(ms: number, hourlyUsd: string): CostPart {
  const hourly = picoFromUsd(hourlyUsd);
  const nanos = BigInt(Math.max(0, Math.round(ms * 1e6)));
  return {
    kind: 'machine',
    units: Math.round(ms * 1000) / 1000,
    rateUsd: usdFromPico(hourly),
    per: 'hour',
    cost: divideRounded(nanos * hourly, NANO_PER_HOUR),
  };
}
