import { Histogram, type MetricObjectWithValues, type MetricValueWithName } from 'prom-client';

type Value = MetricValueWithName<'provider' | 'le'>;
type Exposed = MetricObjectWithValues<Value>;

/** Counts of one label's value, in seconds. */
interface Counts {
  /** Durations by the bucket they fall in, not added up; the last are those above all bounds. */
  readonly buckets: number[];
  sum: number;
}

/**
 * A histogram by provider whose `add` is a look-up and three additions: prom-client's `observe` checks and hashes its
 * labels at every call. Registered and read as every other one.
 */
export class Durations extends Histogram<'provider' | 'le'> {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #counts = new Map<string, Counts>();

  /** @param bounds upper bounds of the buckets in seconds, ascending */
  constructor(name: string, help: string, bounds: readonly number[]) {
    super({ name, help, labelNames: ['provider'], buckets: [...bounds], registers: [] });
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
  }

  add(provider: string, seconds: number): void {
    let counts = this.#counts.get(provider);
    if (!counts) {
      counts = { buckets: Array<number>(this.#bounds.length + 1).fill(0), sum: 0 };
      this.#counts.set(provider, counts);
    }
    let bucket = 0;
    while (seconds > (this.#bounds[bucket] ?? Infinity)) bucket += 1;
    counts.buckets[bucket] = (counts.buckets[bucket] ?? 0) + 1;
    counts.sum += seconds;
  }

  override get(): Promise<Exposed> {
    return Promise.resolve({
      name: this.#name,
      help: this.#help,
      // The types have a number here, where the program wants a word.
      type: 'histogram' as never,
      aggregator: 'sum',
      collect: () => undefined,
      values: [...this.#counts].flatMap(([provider, counts]) => this.#valuesOf(provider, counts)),
    });
  }

  /** prom-client asks for this one when it writes text. */
  getForPromString(): Promise<Exposed> {
    return this.get();
  }

  #valuesOf(provider: string, { buckets, sum }: Counts): Value[] {
    let below = 0;
    const values = [...this.#bounds, '+Inf'].map((le, bucket): Value => {
      below += buckets[bucket] ?? 0;
      return { metricName: `${this.#name}_bucket`, value: below, labels: { le, provider } };
    });
    return [
      ...values,
      { metricName: `${this.#name}_sum`, value: sum, labels: { provider } },
      { metricName: `${this.#name}_count`, value: below, labels: { provider } },
    ];
  }
}
