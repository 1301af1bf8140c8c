import { divideRounded, type PicoUsd, picoFromUsd, usdFromPico } from '../core/money.ts';
import type { PricedCost } from '../core/price.ts';
import type { GpuSettings } from '../core/settings.ts';

export interface GpuSnapshot {
  /** Milliseconds of the machine since the start with, and without, a request in flight. */
  readonly busyMs: number;
  readonly idleMs: number;
  readonly busyCost: PicoUsd;
  readonly idleCost: PicoUsd;
  readonly inFlight: number;
}

/** One request on the machine. Until its first token it weighs `prefillWeight`, then 1. */
export interface GpuTicket {
  firstToken(nowMs: number): void;
  /** Its share of the machine's cost; null when it has already ended. */
  end(nowMs: number): PricedCost | null;
}

export interface GpuMeter {
  begin(nowMs: number): GpuTicket;
  snapshot(nowMs: number): GpuSnapshot;
}

const NANO_PER_MS = 1_000_000n;
const NANO_PER_HOUR = 3_600_000n * NANO_PER_MS;
/** Weights are whole thousandths. */
const DECODE_WEIGHT = 1_000n;
/** Shares of a nanosecond are kept in 2⁻⁶⁴, so that rounding stays far below a picodollar. */
const FRACTION_BITS = 64n;

/**
 * Splits what a self-hosted machine costs among the requests that ran on it, as processor sharing: while requests with
 * the weights w run, each pays w ÷ Σw of the time. Time without requests is idle and paid by none of them; shares and
 * idle time together are exactly the elapsed time. An event costs the same however many requests are in flight: instead of
 * charging each one, a virtual clock runs at 1 ÷ Σw, and a request pays its weight times the virtual time that it saw.
 *
 * Times are in milliseconds of any monotonic clock, with a fraction; one that goes back counts as no time.
 */
export function gpuMeter(settings: GpuSettings, nowMs: number): GpuMeter {
  const hourly = picoFromUsd(settings.hourlyUsd) * BigInt(settings.count);
  const prefillWeight = BigInt(Math.max(1, Math.round(settings.prefillWeight * Number(DECODE_WEIGHT))));
  let last = nanos(nowMs);
  let virtual = 0n;
  let weights = 0n;
  let inFlight = 0;
  let busy = 0n;
  let idle = 0n;

  const advance = (nowMs: number): void => {
    const now = nanos(nowMs);
    const elapsed = now > last ? now - last : 0n;
    last += elapsed;
    if (weights === 0n) idle += elapsed;
    else {
      busy += elapsed;
      virtual += (elapsed << FRACTION_BITS) / weights;
    }
  };

  const costOf = (nano: bigint): PicoUsd => divideRounded(nano * hourly, NANO_PER_HOUR);

  const begin = (nowMs: number): GpuTicket => {
    advance(nowMs);
    let weight = prefillWeight;
    let since = virtual;
    let share = 0n;
    let running = true;
    weights += weight;
    inFlight += 1;
    const pay = (): void => {
      share += weight * (virtual - since);
      since = virtual;
    };
    return {
      firstToken: (nowMs) => {
        if (!running || weight === DECODE_WEIGHT) return;
        advance(nowMs);
        pay();
        weights += DECODE_WEIGHT - weight;
        weight = DECODE_WEIGHT;
      },
      end: (nowMs) => {
        if (!running) return null;
        running = false;
        advance(nowMs);
        pay();
        weights -= weight;
        inFlight -= 1;
        return bill(share);
      },
    };
  };

  const bill = (share: bigint): PricedCost => {
    const cost = divideRounded(share * hourly, NANO_PER_HOUR << FRACTION_BITS);
    const units = millis((share * BigInt(settings.count)) >> FRACTION_BITS);
    const rateUsd = usdFromPico(picoFromUsd(settings.hourlyUsd));
    return {
      priced: true,
      total: cost,
      parts: [{ kind: 'gpu', units, rateUsd, per: 'hour', cost }],
      version: 'gpu',
    };
  };

  return {
    begin,
    snapshot: (nowMs) => {
      advance(nowMs);
      return {
        busyMs: millis(busy),
        idleMs: millis(idle),
        busyCost: costOf(busy),
        idleCost: costOf(idle),
        inFlight,
      };
    },
  };
}

function nanos(ms: number): bigint {
  return BigInt(Math.round(ms * Number(NANO_PER_MS)));
}

function millis(nano: bigint): number {
  return Number(nano) / Number(NANO_PER_MS);
}
