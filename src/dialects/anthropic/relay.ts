import type { RelayRules } from '../../core/dialect.ts';

const METERED: ReadonlySet<string> = new Set(['message_start', 'message_delta', 'message_stop', 'error']);

/** Anthropic always reports usage, so nothing is added to a request and nothing taken from an answer. */
export const relay: RelayRules = {
  edits: () => ({}),
  isOurs: () => false,
  // Without a name the event's type stands somewhere in its data.
  isMetered: (event, data) =>
    event === null ? /"type"\s*:\s*"(message_|error")/.test(data) : METERED.has(event),
};
