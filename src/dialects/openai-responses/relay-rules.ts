import type { RelayRules } from '../../core/dialect.ts';

const METERED: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'error',
]);
const METERED_TYPE = /"type"\s*:\s*"(?:response\.(?:completed|incomplete|failed)|error)"|"error"\s*:\s*\{/;

/** The last event always tells the usage, so nothing needs to be asked for. */
export const relayRules: RelayRules = {
  edits: () => ({}),
  isOurs: () => false,
  isMetered: (event, data) => (event === null ? METERED_TYPE.test(data) : METERED.has(event)),
};
