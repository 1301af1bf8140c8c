import type { Balance, Claim, Counters, Settlement, Verdict } from '../../core/counters.ts';

interface Account {
  readonly buckets: Map<number, number>;
  readonly reservations: Map<string, { readonly amount: number; until: number }>;
}

/** Counters of one process, or of the process that its workers ask. */
export function localCounters(): Counters {
  const accounts = new Map<string, Account>();
  const seeded = new Set<string>();

  const open = (name: string): Account => {
    let account = accounts.get(name);
    if (!account) {
      account = { buckets: new Map(), reservations: new Map() };
      accounts.set(name, account);
    }
    return account;
  };

  function count({ account, amount, bucket }: Settlement): void {
    if (amount === 0) return;
    const { buckets } = open(account);
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + amount);
  }

  function balanceOf(name: string, oldest: number, now: number): Balance {
    const account = accounts.get(name);
    if (!account) return { account: name, used: 0, reserved: 0 };
    let used = 0;
    for (const [bucket, amount] of account.buckets)
      if (bucket < oldest) account.buckets.delete(bucket);
      else used += amount;
    let reserved = 0;
    for (const [id, { amount, until }] of account.reservations)
      if (until <= now) account.reservations.delete(id);
      else reserved += amount;
    if (account.buckets.size === 0 && account.reservations.size === 0) accounts.delete(name);
    return { account: name, used, reserved };
  }

  function freedBy({ account, amount, limit }: Claim, { used, reserved }: Balance): number | null {
    let left = used + reserved + amount - limit;
    for (const [bucket, counted] of [...(accounts.get(account)?.buckets ?? [])].sort(([a], [b]) => a - b)) {
      left -= counted;
      if (left <= 0) return bucket;
    }
    return null;
  }

  function reserve(id: string, claims: readonly Claim[], now: number, leaseMs: number): Verdict {
    for (const { account } of claims) accounts.get(account)?.reservations.delete(id);
    const unseeded = claims.flatMap(({ seed }) => (seed === null || seeded.has(seed) ? [] : [seed]));
    if (unseeded.length > 0) return { granted: false, unseeded };
    const balances = claims.map(({ account, oldest }) => balanceOf(account, oldest, now));
    for (const [index, claim] of claims.entries()) {
      const balance = balances[index];
      if (balance && balance.used + balance.reserved + claim.amount > claim.limit)
        return { granted: false, unseeded: null, refused: balance, freedBy: freedBy(claim, balance) };
    }
    for (const { account, amount } of claims)
      open(account).reservations.set(id, { amount, until: now + leaseMs });
    return { granted: true, balances };
  }

  return {
    reserve: async (id, claims, now, leaseMs) => reserve(id, claims, now, leaseMs),
    renew: async (ids, names, until) => {
      for (const name of names)
        for (const id of ids) {
          const reservation = accounts.get(name)?.reservations.get(id);
          if (reservation) reservation.until = until;
        }
    },
    settle: async (id, names, used) => {
      for (const name of names) accounts.get(name)?.reservations.delete(id);
      for (const settlement of used) count(settlement);
    },
    read: async (claims, now) => claims.map(({ account, oldest }) => balanceOf(account, oldest, now)),
    seed: async (name, used) => {
      if (seeded.has(name)) return;
      seeded.add(name);
      for (const settlement of used) count(settlement);
    },
    seeded: async (name) => seeded.has(name),
    raise: async (totals) => {
      for (const { account, bucket, oldest, used } of totals) {
        const missing = used - balanceOf(account, oldest, Number.NEGATIVE_INFINITY).used;
        if (missing > 0) count({ account, bucket, amount: missing });
      }
    },
    close: async () => accounts.clear(),
  };
}
