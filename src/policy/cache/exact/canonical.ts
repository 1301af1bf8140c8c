/**
 * JSON text in which two values are the same text exactly when they mean the same: keys sorted, no space, strings escaped
 * by one rule. Keys whose value is undefined are not there. Depth is bounded by whoever parsed the value.
 */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((each) => canonical(each ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value as Record<string, unknown>).filter(([, field]) => field !== undefined);
  // By code units, which no locale changes.
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`;
}

/** Whether a value holds integers that were rounded when they were parsed, so that different texts look the same. */
export function holdsRounded(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(holdsRounded);
}
