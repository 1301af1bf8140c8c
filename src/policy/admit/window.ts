import type { BudgetWindow } from '../../core/admission.ts';
import { momentOf, offsetMs } from './time-zone.ts';

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
  const bucket = fixedBucket(window, now);
  return { bucket, oldest: bucket, resetsAt: startOf(window, bucket + 1) };
}

/** When what lies in a bucket is forgotten, epoch milliseconds. */
export function forgottenAt(window: BudgetWindow, bucket: number): number {
  return window.kind === 'sliding' ? (bucket + SLICES + 1) * sliceMs(window.ms) : startOf(window, bucket + 1);
}

/** Since when calls count now, epoch milliseconds. */
export function windowStart(window: BudgetWindow, now: number): number {
  return window.kind === 'sliding' ? now - window.ms : startOf(window, fixedBucket(window, now));
}

export function windowName(window: BudgetWindow): string {
  if (window.kind === 'sliding') return `any ${durationName(window.ms)}`;
  return window.timezone === undefined ? window.unit : `${window.unit} in ${window.timezone}`;
}

function durationName(ms: number): string {
  if (ms % DAY_MS === 0) return `${ms / DAY_MS} d`;
  return ms % HOUR_MS === 0 ? `${ms / HOUR_MS} h` : `${ms / 1000} s`;
}

function sliceMs(ms: number): number {
  return Math.ceil(ms / SLICES);
}

type Fixed = Extract<BudgetWindow, { kind: 'fixed' }>;

/** Hours are those of UTC everywhere: no zone's clocks repeat or leave out one of them. */
function fixedBucket({ unit, timezone }: Fixed, now: number): number {
  const local = timezone === undefined || unit === 'hour' ? now : now + offsetMs(timezone, now);
  switch (unit) {
    case 'hour':
      return Math.floor(local / HOUR_MS);
    case 'day':
      return Math.floor(local / DAY_MS);
    case 'week':
      return Math.floor((local / DAY_MS + DAYS_BEFORE_MONDAY) / 7);
    case 'month': {
      const date = new Date(local);
      return date.getUTCFullYear() * 12 + date.getUTCMonth();
    }
  }
}

function startOf({ unit, timezone }: Fixed, bucket: number): number {
  const local = localStart(unit, bucket);
  return timezone === undefined || unit === 'hour' ? local : momentOf(timezone, local);
}

function localStart(unit: Fixed['unit'], bucket: number): number {
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
