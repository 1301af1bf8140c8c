/**
 * A circuit breaker as a value. Closed, it counts failures in a row; at the threshold it opens and refuses for a
 * pause; after that one call may probe (half-open): its success closes the circuit, its failure opens it for longer.
 */
export type Breaker =
  | { readonly state: 'closed'; readonly failures: number }
  | { readonly state: 'open'; readonly opened: number; readonly until: number }
  | { readonly state: 'half-open'; readonly opened: number; readonly until: number };

export const CLOSED: Breaker = { state: 'closed', failures: 0 };

/** Failures in a row that open the circuit. */
const THRESHOLD = 5;
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 60_000;
/** A probe whose end is never heard of does not block the circuit for ever. */
const PROBE_MS = 120_000;

/** What a call that ended says of its target: it answers, it fails, or (aborted by us) nothing. */
export type Outcome = 'success' | 'failure' | 'unknown';

/** Whether a call may go out now; if so, `breaker` is the state with that call under way. Times are monotonic milliseconds. */
export function admit(
  breaker: Breaker,
  now: number,
): { readonly admitted: boolean; readonly breaker: Breaker } {
  switch (breaker.state) {
    case 'closed':
      return { admitted: true, breaker };
    case 'open':
    case 'half-open':
      if (now < breaker.until) return { admitted: false, breaker };
      return {
        admitted: true,
        breaker: { state: 'half-open', opened: breaker.opened, until: now + PROBE_MS },
      };
  }
}

/** @param spread in [0, 1): pauses are up to a quarter longer, so that many gateways do not probe at once */
export function settle(breaker: Breaker, outcome: Outcome, now: number, spread: number): Breaker {
  switch (breaker.state) {
    case 'closed': {
      if (outcome === 'success') return CLOSED;
      if (outcome === 'unknown') return breaker;
      const failures = breaker.failures + 1;
      return failures < THRESHOLD ? { state: 'closed', failures } : open(1, now, spread);
    }
    case 'half-open':
      if (outcome === 'success') return CLOSED;
      if (outcome === 'failure') return open(breaker.opened + 1, now, spread);
      return { ...breaker, state: 'open', until: now };
    case 'open':
      // A call from before it opened: only good news is news.
      return outcome === 'success' ? CLOSED : breaker;
  }
}

function open(opened: number, now: number, spread: number): Breaker {
  const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (opened - 1));
  return { state: 'open', opened, until: now + pauseMs * (1 + spread / 4) };
}
