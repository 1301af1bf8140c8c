import { z } from 'zod';

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const BYTES = {
  B: 1,
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
} as const;

const DURATION = /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d)$/;
const SIZE = /^(\d+(?:\.\d+)?) ?(B|KB|MB|GB|KiB|MiB|GiB)$/;
const NO_DURATION = 'must be a duration such as "30s", "5m" or "500ms", or a number of milliseconds';
const NO_SIZE = 'must be a size such as "20MB" or "512KiB", or a number of bytes';
const NO_DECIMAL = 'must be a number of at least 0, such as 3 or "0.15"';
const WHOLE = z.number().int().nonnegative();

/** A duration: a number of milliseconds, or text such as `30s`. Gives milliseconds. */
export const duration = z
  .union([WHOLE, z.string().regex(DURATION, NO_DURATION)], { error: NO_DURATION })
  .transform((value) => inUnits(value, DURATION, MS));

/** A size: a number of bytes, or text such as `20MB`. Gives bytes. */
export const size = z
  .union([WHOLE, z.string().regex(SIZE, NO_SIZE)], { error: NO_SIZE })
  .transform((value) => inUnits(value, SIZE, BYTES));

/** An exact decimal amount, kept as text since money is never a float. */
export const decimal = z
  .union([z.number().nonnegative(), z.string().regex(/^\d+(\.\d+)?$/, NO_DECIMAL)], { error: NO_DECIMAL })
  .transform(String);

function inUnits(value: number | string, pattern: RegExp, units: Readonly<Record<string, number>>): number {
  if (typeof value === 'number') return value;
  const [, amount = '', unit = ''] = pattern.exec(value) ?? [];
  return Math.round(Number(amount) * (units[unit] ?? 1));
}
