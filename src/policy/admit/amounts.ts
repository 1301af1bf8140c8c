import { type PicoUsd } from '../../core/money.ts';

/** Counters are in billionths of a dollar, rounded up: integers that are exact up to nine million dollars. */
const PICO_PER_NANO = 1000n;

export function nanoOf(pico: PicoUsd): number {
  return Number((pico + PICO_PER_NANO - 1n) / PICO_PER_NANO);
}

/** A limit is rounded down. */
export function nanoLimit(pico: PicoUsd): number {
  return Number(pico / PICO_PER_NANO);
}

export function picoOf(nano: number): PicoUsd {
  return BigInt(nano) * PICO_PER_NANO;
}
