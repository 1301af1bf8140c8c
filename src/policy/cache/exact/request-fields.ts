/** Top-level fields of requests, in any dialect, that change nothing about the answer. */
const NEUTRAL: ReadonlySet<string> = new Set([
  // how it is delivered
  'stream',
  'stream_options',
  // who asks, and what for
  'user',
  'safety_identifier',
  'metadata',
  'labels',
  // the provider's own cache
  'prompt_cache_key',
  'prompt_cache_retention',
  // part of the key by the name that was asked for
  'model',
]);

/** Top-level fields that make a call change or read something at the provider: its answer is not for others. */
const STATEFUL: ReadonlySet<string> = new Set(['conversation', 'background', 'container']);

/** Headers that a provider reads as part of what is asked. */
const MEANT = /^(?:anthropic-|openai-|x-illm-)/;

/** Our headers that say who asks and how to cache, and the account that pays. */
const NOT_MEANT: ReadonlySet<string> = new Set([
  'x-illm-tags',
  'x-illm-user',
  'x-illm-session',
  'x-illm-cache-scope',
  'openai-organization',
  'openai-project',
]);

/** What of a body says what is asked. */
export function meantFields(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !NEUTRAL.has(name)));
}

/** The field that makes a call more than a question, or null. */
export function statefulField(body: Readonly<Record<string, unknown>>): string | null {
  for (const name of STATEFUL) {
    const value = body[name];
    if (value !== undefined && value !== null && value !== false) return name;
  }
  return null;
}

export function meantHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => MEANT.test(name) && !NOT_MEANT.has(name)),
  );
}
