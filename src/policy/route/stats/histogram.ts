/** A bucket is 8 % wide, as in the ledger's own histograms, so that quantiles are within 4 %. */
const RATIO = 1.08;
const LOG_RATIO = Math.log(RATIO);
/** The highest bucket ends after six hours. */
const BUCKETS = 220;
/** Few shares are ever asked for. */
const MOST_KNOWN = 8;
/** Weights are aged in steps of this share of the half-life. */
const STEP = 1 / 64;

/** Durations of late: each counts half after a half-life. Milliseconds throughout. */
export class LatencyHistogram {
  readonly #weights = new Float64Array(BUCKETS);
  readonly #halfLifeMs: number;
  #total = 0;
  #agedAt: number;
  /** By share, until the next duration: ageing leaves quantiles as they are. */
  readonly #known = new Map<number, number>();

  constructor(halfLifeMs: number, now: number) {
    this.#halfLifeMs = halfLifeMs;
    this.#agedAt = now;
  }

  add(ms: number, now: number, weight = 1): void {
    this.#age(now);
    this.#known.clear();
    const bucket = bucketOf(ms);
    this.#weights[bucket] = (this.#weights[bucket] ?? 0) + weight;
    this.#total += weight;
  }

  /** How many durations of now the recorded ones are worth. */
  weight(now: number): number {
    this.#age(now);
    return this.#total;
  }

  /** The duration below which that share lies; null when there is none. */
  quantile(share: number): number | null {
    if (this.#total <= 0) return null;
    const known = this.#known.get(share);
    if (known !== undefined) return known;
    const found = this.#find(share);
    if (this.#known.size < MOST_KNOWN) this.#known.set(share, found);
    return found;
  }

  #find(share: number): number {
    let left = share * this.#total * (1 - 1e-12);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#weights[bucket] ?? 0;
      if (left <= 0) return RATIO ** (bucket + 0.5);
    }
    return RATIO ** (BUCKETS - 0.5);
  }

  #age(now: number): void {
    const passed = now - this.#agedAt;
    if (passed < this.#halfLifeMs * STEP) return;
    const factor = 2 ** -(passed / this.#halfLifeMs);
    for (let bucket = 0; bucket < BUCKETS; bucket++)
      this.#weights[bucket] = (this.#weights[bucket] ?? 0) * factor;
    this.#total *= factor;
    this.#agedAt = now;
  }
}

function bucketOf(ms: number): number {
  if (!(ms > 1)) return 0;
  return Math.min(BUCKETS - 1, Math.floor(Math.log(ms) / LOG_RATIO));
}

/** A mean of late: each value counts half after a half-life. */
export class RecentMean {
  readonly #halfLifeMs: number;
  #sum = 0;
  #weight = 0;
  #agedAt: number;

  constructor(halfLifeMs: number, now: number) {
    this.#halfLifeMs = halfLifeMs;
    this.#agedAt = now;
  }

  add(value: number, now: number, weight = 1): void {
    const passed = now - this.#agedAt;
    if (passed > 0) {
      const factor = 2 ** -(passed / this.#halfLifeMs);
      this.#sum *= factor;
      this.#weight *= factor;
      this.#agedAt = now;
    }
    this.#sum += value * weight;
    this.#weight += weight;
  }

  /** How many values of now the recorded ones are worth. */
  weight(now: number): number {
    return this.#weight * 2 ** -(Math.max(0, now - this.#agedAt) / this.#halfLifeMs);
  }

  /** Null when there is none. */
  get mean(): number | null {
    return this.#weight > 0 ? this.#sum / this.#weight : null;
  }
}
