/**
 * What one call consumed, by kind. The first six kinds partition the tokens that providers bill; the others are
 * parts of those, or counts of paid extras.
 *
 * - `input`: prompt tokens outside any cache (text, audio and images together)
 * - `cacheRead`, `cacheWrite5m`, `cacheWrite1h`: prompt tokens served from or written to the provider's cache
 * - `output`: generated tokens, reasoning included
 * - `reasoning`: the part of `output` spent on hidden or shown reasoning
 * - `inputAudio`, `inputImage`: the parts of `input` of that modality; `cacheReadAudio` the part of `cacheRead`
 * - `outputAudio`, `outputImage`: the parts of `output` of that modality
 * - `webSearches`, `fileSearches`: provider-side tool uses billed by the piece
 */
export const USAGE_KINDS = [
  'input',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'output',
  'reasoning',
  'inputAudio',
  'inputImage',
  'cacheReadAudio',
  'outputAudio',
  'outputImage',
  'webSearches',
  'fileSearches',
] as const;

export type UsageKind = (typeof USAGE_KINDS)[number];
export type Usage = Readonly<Record<UsageKind, number>>;

export const NO_USAGE: Usage = Object.freeze(
  Object.fromEntries(USAGE_KINDS.map((kind) => [kind, 0])) as Record<UsageKind, number>,
);

export function usageOf(known: Partial<Usage>): Usage {
  return { ...NO_USAGE, ...known };
}

export function addUsage(a: Usage, b: Usage): Usage {
  const sum = { ...NO_USAGE } as Record<UsageKind, number>;
  for (const kind of USAGE_KINDS) sum[kind] = a[kind] + b[kind];
  return sum;
}

/** Prompt tokens of every kind: what counts against the context window and selects a long-context price tier. */
export function promptTokens(usage: Usage): number {
  return usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h;
}
