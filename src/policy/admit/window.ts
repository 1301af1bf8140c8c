import type { BudgetWindow } from '../../core/admission.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 1970-01-01 was a Thursday. */
const DAYS_BEFORE_MONDAY = 3;
/** Of a sliding window: it forgets in steps of one sixtieth, and never too early. */
const SLICES = 60;

/** The buckets of a window at a moment (epoch milliseconds). */
export interface Buckets {
  readonly bucket: number;
  readonly oldest: number;
  /** When all is forgotten; null for a sliding window. */
  readonly resetsAt: number | null;
}

export function bucketsAt(window: BudgetWindow, now: number): Buckets {
  if (window.kind === 'sliding') {
    const bucket = Math.floor(now / sliceMs(window.ms));
    return { bucket, oldest: bucket - SLICES, resetsAt: null };
  }
  const bucket = fixedBucket(window.unit, now);
  return { bucket, oldest: bucket, resetsAt: startOf(window.unit, bucket + 1) };
}

/** When what lies in a bucket is forgotten, epoch milliseconds. */
export function forgottenAt(window: BudgetWindow, bucket: number): number {
  return window.kind === 'sliding'
    ? (bucket + SLICES + 1) * sliceMs(window.ms)
    : startOf(window.unit, bucket + 1);
}

/** Since when calls count now, epoch milliseconds. */
export function windowStart(window: BudgetWindow, now: number): number {
  return window.kind === 'sliding' ? now - window.ms : startOf(window.unit, fixedBucket(window.unit, now));
}

export function windowName(window: BudgetWindow): string {
  return window.kind === 'fixed' ? window.unit : `any ${durationName(window.ms)}`;
}

function durationName(ms: number): string {
  if (ms % DAY_MS === 0) return `${ms / DAY_MS} d`;
  return ms % HOUR_MS === 0 ? `${ms / HOUR_MS} h` : `${ms / 1000} s`;
}

function sliceMs(ms: number): number {
  return Math.ceil(ms / SLICES);
}

type Unit = Extract<BudgetWindow, { kind: 'fixed' }>['unit'];

function fixedBucket(unit: Unit, now: number): number {
  switch (unit) {
    case 'hour':
      return Math.floor(now / HOUR_MS);
    case 'day':
      return Math.floor(now / DAY_MS);
    case 'week':
      return Math.floor((now / DAY_MS + DAYS_BEFORE_MONDAY) / 7);
    case 'month': {
      const date = new Date(now);
      return date.getUTCFullYear() * 12 + date.getUTCMonth();
    }
  }
}

function startOf(unit: Unit, bucket: number): number {
  switch (unit) {
    case 'hour':
      return bucket * HOUR_MS;
    case 'day':
      return bucket * DAY_MS;
    case 'week':
      return (bucket * 7 - DAYS_BEFORE_MONDAY) * DAY_MS;
    case 'month':
      return Date.UTC(Math.floor(bucket / 12), bucket % 12);
  }
}
