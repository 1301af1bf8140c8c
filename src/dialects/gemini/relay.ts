import type { RelayRules } from '../../core/dialect.ts';

/** Each of these stands in a response that the meter must read. In practice all of them have the usage so far. */
const METERED = [
  '"usageMetadata"',
  '"finishReason"',
  '"functionCall"',
  '"promptFeedback"',
  '"error"',
] as const;

/** Gemini always reports usage, so nothing is added to a request and nothing taken from an answer. */
export const relay: RelayRules = {
  edits: () => ({}),
  isOurs: () => false,
  isMetered: (_event, data) => METERED.some((key) => data.includes(key)),
};
