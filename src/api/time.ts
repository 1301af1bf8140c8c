const UNITS_MS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const RELATIVE = /^(\d{1,6})([mhdw])$/;
const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/**
 * A moment given as ISO 8601 (UTC where it names no zone) or as a time before now (`24h`, `7d`), in ISO 8601.
 * Null when it is neither.
 */
export function resolveTime(text: string, now: number): string | null {
  const [, amount, unit] = RELATIVE.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined && unit in UNITS_MS)
    return toIso(now - Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS]);
  const match = ISO.exec(text);
  if (!match) return null;
  return toIso(Date.parse(match[1] !== undefined && match[4] === undefined ? `${text}Z` : text));
}

function toIso(time: number): string | null {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
