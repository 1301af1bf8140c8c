import type { Ratings } from '../../../core/feedback.ts';
import { ANY_TASK, type RouteSettings } from '../../../core/plan/route.ts';
import { formatTarget, type Target } from '../../../core/target.ts';
import { type Belief, lowerBound, meanOf } from './beta.ts';
import { LatencyHistogram, RecentMean } from './histogram.ts';

/** How one call to a target went. */
export interface Outcome {
  readonly target: Target;
  readonly failed: boolean;
  /** Milliseconds; null when unknown or not its own. */
  readonly ttftMs: number | null;
  readonly totalMs: number | null;
  readonly outputTokens: number | null;
  /** Dollars a token, prompt and answer alike; for targets without a price list. An estimate, no money. */
  readonly usdPerToken: number | null;
}

export interface QualityOf {
  readonly mean: number;
  /** At the settings' confidence. */
  readonly lower: number;
  /** Ratings and evaluated answers, the prior not included. */
  readonly evidence: number;
}

/** Half of the weight of what was observed is gone after this time. */
const HALF_LIFE_MS = 3_600_000;
/** Fewer durations of late say nothing of a 95th percentile. */
const LEAST_DURATIONS = 10;
const MOST_TARGETS = 2_000;
const MOST_RATED = 50_000;
/** Of one target: tasks are named by clients. */
const MOST_BOUNDS = 100;

export class TargetStats {
  readonly target: Target;
  readonly ttft: LatencyHistogram;
  readonly total: LatencyHistogram;
  readonly output: RecentMean;
  readonly usdPerToken: RecentMean;
  /** 1 for a call that succeeded, 0 for one that failed. */
  readonly success: RecentMean;

  constructor(target: Target, now: number) {
    this.target = target;
    this.ttft = new LatencyHistogram(HALF_LIFE_MS, now);
    this.total = new LatencyHistogram(HALF_LIFE_MS, now);
    this.output = new RecentMean(24 * HALF_LIFE_MS, now);
    this.usdPerToken = new RecentMean(24 * HALF_LIFE_MS, now);
    this.success = new RecentMean(HALF_LIFE_MS, now);
  }
}

interface Recent {
  readonly quality: QualityOf;
  /** The target's bounds in which it was found; a rating makes new ones. */
  readonly of: ReadonlyMap<string, QualityOf> | undefined;
}

interface Sum {
  count: number;
  scoreSum: number;
}

/** What is known of every target: learnt from calls and from ratings, in bounded room. */
export class ModelTable {
  readonly #now: () => number;
  readonly #stats = new Map<string, TargetStats>();
  readonly #ratings = new Map<string, Sum>();
  readonly #aliasRatings = new Map<string, Sum>();
  /** By target, until it is rated. */
  readonly #bounds = new Map<string, Map<string, QualityOf>>();
  /** The same without the making of keys: by settings, task and target. Those of another `#bounds` are stale. */
  readonly #recent = new WeakMap<RouteSettings, Map<string, Map<string, Recent>>>();

  /** @param now epoch milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  get targets(): readonly TargetStats[] {
    return [...this.#stats.values()];
  }

  stats(name: string): TargetStats | undefined {
    return this.#stats.get(name);
  }

  learn(outcome: Outcome): void {
    const now = this.#now();
    const stats = this.open(outcome.target);
    stats.success.add(outcome.failed ? 0 : 1, now);
    if (outcome.failed) return;
    if (outcome.ttftMs !== null) stats.ttft.add(outcome.ttftMs, now);
    if (outcome.totalMs !== null) stats.total.add(outcome.totalMs, now);
    if (outcome.outputTokens !== null) stats.output.add(outcome.outputTokens, now);
    if (outcome.usdPerToken !== null) stats.usdPerToken.add(outcome.usdPerToken, now);
  }

  /** What is kept of a target, made when it is new. */
  open(target: Target): TargetStats {
    const name = formatTarget(target);
    const known = this.#stats.get(name);
    if (known) return known;
    const stats = new TargetStats(target, this.#now());
    this.#stats.set(name, stats);
    dropOldest(this.#stats, MOST_TARGETS);
    return stats;
  }

  /** The latency's quantile: to the first content for streams. Null while too little is known. */
  latencyMs(name: string, stream: boolean, share: number): number | null {
    const stats = this.#stats.get(name);
    if (!stats) return null;
    const histogram = stream ? stats.ttft : stats.total;
    return histogram.weight(this.#now()) >= LEAST_DURATIONS ? histogram.quantile(share) : null;
  }

  /** Share of the calls of late that succeeded; 1 while nothing is known. */
  successRate(name: string): number {
    return this.#stats.get(name)?.success.mean ?? 1;
  }

  /** Mean output of late; null while nothing is known. */
  outputTokens(name: string): number | null {
    return this.#stats.get(name)?.output.mean ?? null;
  }

  /** Adds ratings to what is known. A negative count takes earlier ones back. */
  rate({ requestedModel, target, task, count, scoreSum }: Ratings): void {
    const name = formatTarget(target);
    add(this.#ratings, `${name}\n${task}`, count, scoreSum);
    add(this.#aliasRatings, `${requestedModel}\n${name}\n${task}`, count, scoreSum);
    this.#bounds.delete(name);
  }

  /** Forgets all ratings for those that the store holds. */
  replaceRatings(all: readonly Ratings[]): void {
    this.#ratings.clear();
    this.#aliasRatings.clear();
    for (const ratings of all) this.rate(ratings);
  }

  /** What is believed of a target's answers to a task: prior, configured evaluation and ratings. */
  quality(name: string, task: string, settings: RouteSettings): QualityOf {
    let tasks = this.#recent.get(settings);
    if (!tasks) this.#recent.set(settings, (tasks = new Map()));
    let targets = tasks.get(task);
    if (!targets) {
      tasks.set(task, (targets = new Map()));
      dropOldest(tasks, MOST_BOUNDS);
    }
    const recent = targets.get(name);
    if (recent && recent.of === this.#bounds.get(name)) return recent.quality;
    const quality = this.#quality(name, task, settings);
    targets.set(name, { quality, of: this.#bounds.get(name) });
    dropOldest(targets, MOST_TARGETS);
    return quality;
  }

  #quality(name: string, task: string, settings: RouteSettings): QualityOf {
    const evaluation = settings.quality[name]?.[task] ?? settings.quality[name]?.[ANY_TASK];
    const { confidence, prior } = settings;
    const given = evaluation ? `${evaluation.score} ${evaluation.of}` : '';
    const key = `${task}\n${confidence} ${prior.score} ${prior.of} ${given}`;
    const bounds = this.#bounds.get(name) ?? new Map<string, QualityOf>();
    const known = bounds.get(key);
    if (known) return known;
    const belief = believed(settings, name, task, this.#sumOf(this.#ratings, name, task));
    const found = {
      mean: meanOf(belief),
      lower: lowerBound(belief, confidence),
      evidence: belief.alpha + belief.beta - prior.of,
    };
    bounds.set(key, found);
    dropOldest(bounds, MOST_BOUNDS);
    this.#bounds.set(name, bounds);
    dropOldest(this.#bounds, MOST_TARGETS);
    return found;
  }

  /** The same for one alias's calls alone, as the bandit learns it. */
  belief(requestedModel: string, name: string, task: string, settings: RouteSettings): Belief {
    const sum = this.#sumOf(this.#aliasRatings, `${requestedModel}\n${name}`, task);
    return believed(settings, name, task, sum);
  }

  /** Tasks of which there are ratings of a target. */
  ratedTasks(name: string): readonly string[] {
    const start = `${name}\n`;
    return [...this.#ratings.keys()].flatMap((key) =>
      key.startsWith(start) ? [key.slice(start.length)] : [],
    );
  }

  /** Ratings that name no task count for every task. */
  #sumOf(ratings: ReadonlyMap<string, Sum>, name: string, task: string): Sum {
    const own = ratings.get(`${name}\n${task}`);
    const any = task === ANY_TASK ? undefined : ratings.get(`${name}\n${ANY_TASK}`);
    return {
      count: (own?.count ?? 0) + (any?.count ?? 0),
      scoreSum: (own?.scoreSum ?? 0) + (any?.scoreSum ?? 0),
    };
  }
}

function believed(settings: RouteSettings, name: string, task: string, { count, scoreSum }: Sum): Belief {
  const { prior, quality } = settings;
  const own = quality[name];
  const evaluation = own?.[task] ?? own?.[ANY_TASK];
  const good = prior.score * prior.of + (evaluation ? evaluation.score * evaluation.of : 0) + scoreSum;
  const all = prior.of + (evaluation?.of ?? 0) + count;
  return { alpha: Math.max(good, 1e-3), beta: Math.max(all - good, 1e-3) };
}

function add(ratings: Map<string, Sum>, key: string, count: number, scoreSum: number): void {
  const sum = ratings.get(key) ?? { count: 0, scoreSum: 0 };
  sum.count = Math.max(0, sum.count + count);
  sum.scoreSum = Math.min(Math.max(0, sum.scoreSum + scoreSum), sum.count);
  ratings.delete(key);
  ratings.set(key, sum);
  dropOldest(ratings, MOST_RATED);
}

function dropOldest(map: Map<string, unknown>, most: number): void {
  if (map.size <= most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
