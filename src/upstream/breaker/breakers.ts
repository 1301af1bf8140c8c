import type { Clock, Random } from '../../core/ports.ts';
import { admit, type Breaker, CLOSED, type Outcome, settle } from './breaker.ts';

export interface TargetHealth {
  readonly model: string;
  readonly breaker: Breaker['state'];
}

/** The circuit breakers of one provider, one a model. */
export interface Breakers {
  /** Null when a call may go out, and then `settle` must follow; else milliseconds until one may. */
  admit(model: string): number | null;
  settle(model: string, outcome: Outcome): void;
  /** Whether calls are refused now. */
  isOpen(model: string): boolean;
  health(): readonly TargetHealth[];
}

/** Models whose state is remembered; clients may ask for any name. */
const MOST_MODELS = 1000;
/** When to ask again while another call probes. */
const PROBE_AGAIN_MS = 1000;

/** @param listed models that are shown also before they were called */
export function createBreakers(listed: readonly string[], clock: Clock, random: Random): Breakers {
  const breakers = new Map<string, Breaker>(listed.map((model) => [model, CLOSED]));
  const put = (model: string, breaker: Breaker): void => {
    breakers.set(model, breaker);
    if (breakers.size <= MOST_MODELS) return;
    for (const [oldest] of breakers) {
      if (oldest === model) continue;
      breakers.delete(oldest);
      return;
    }
  };
  return {
    admit(model) {
      const known = breakers.get(model);
      if (!known || known.state === 'closed') return null;
      const now = clock.ticks();
      const { admitted, breaker } = admit(known, now);
      put(model, breaker);
      if (admitted || breaker.state === 'closed') return null;
      return breaker.state === 'half-open' ? PROBE_AGAIN_MS : Math.ceil(breaker.until - now);
    },
    settle(model, outcome) {
      const known = breakers.get(model);
      if (known === CLOSED && outcome === 'success') return;
      const next = settle(known ?? CLOSED, outcome, clock.ticks(), random());
      // A name that was never answered may be no model at all.
      if (known || outcome !== 'unknown') put(model, next);
    },
    isOpen(model) {
      const breaker = breakers.get(model);
      return breaker !== undefined && breaker.state !== 'closed' && clock.ticks() < breaker.until;
    },
    health: () => [...breakers].map(([model, { state }]) => ({ model, breaker: state })),
  };
}
