const MOST_FAILURES = 10;
const WINDOW_MS = 60_000;
const MOST_ADDRESSES = 10_000;

/** Slows down the guessing of keys: counts failures by address and minute. A right key is never held up. */
export interface FailedLogins {
  /** Notes a failure. Returns how long the address must wait, in milliseconds; 0 while it has tries left. */
  note(address: string): number;
}

export function failedLogins(now: () => number): FailedLogins {
  const failures = new Map<string, { count: number; since: number }>();
  return {
    note: (address) => {
      const at = now();
      const known = failures.get(address);
      const current = known && at - known.since < WINDOW_MS ? known : { count: 0, since: at };
      failures.delete(address);
      failures.set(address, { count: current.count + 1, since: current.since });
      const oldest = failures.size > MOST_ADDRESSES ? failures.keys().next().value : undefined;
      if (oldest !== undefined) failures.delete(oldest);
      return current.count < MOST_FAILURES ? 0 : current.since + WINDOW_MS - at;
    },
  };
}
