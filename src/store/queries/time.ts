const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export function floorHour(epochMs: number): number {
  return Math.floor(epochMs / HOUR_MS) * HOUR_MS;
}

export function ceilHour(epochMs: number): number {
  return Math.ceil(epochMs / HOUR_MS) * HOUR_MS;
}

export function floorDay(epochMs: number): number {
  return Math.floor(epochMs / DAY_MS) * DAY_MS;
}

export function ceilDay(epochMs: number): number {
  return Math.ceil(epochMs / DAY_MS) * DAY_MS;
}

export function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
