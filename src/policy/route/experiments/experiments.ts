import { createHash } from 'node:crypto';
import {
  type Arm,
  type ArmSums,
  type ExperimentState,
  type ExperimentStore,
  NO_OUTCOMES,
} from '../../../core/experiment.ts';
import type { Experiment, ExperimentMetric } from '../../../core/plan/route.ts';
import type { Bus, Clock, Log } from '../../../core/ports.ts';
import type { CallRecord } from '../../../core/record.ts';
import { formatTarget } from '../../../core/target.ts';
import { uniform } from '../rendezvous.ts';
import { outcomeOf } from './outcome.ts';
import { verdict } from './verdict.ts';

/** Which side of which experiment a call is on. */
export interface Assignment {
  readonly key: string;
  readonly arm: Arm;
  /** False once the experiment has ended: the outcome is of no interest. */
  readonly counts: boolean;
}

export interface ExperimentDeps {
  /** Null keeps the outcomes in this process only. */
  readonly store: ExperimentStore | null;
  readonly bus: Bus | null;
  readonly clock: Clock;
  readonly log: Log;
}

const TOPIC = 'experiments';
const FLUSH_MS = 2_000;
/** Definitions whose rules are known; the configuration gives them with their first call. */
const MOST_KNOWN = 1_000;

interface Known {
  readonly rules: Experiment;
  readonly metric: ExperimentMetric;
  status: ExperimentState['status'];
  startedAt: string;
  endedAt: string | null;
  a: ArmSums;
  b: ArmSums;
  /** Not told to the store yet. */
  newA: ArmSums;
  newB: ArmSums;
}

/** The running experiments: shares calls out, counts their outcomes with all other gateways, and stops by itself. */
export class Experiments {
  readonly #deps: ExperimentDeps;
  readonly #known = new Map<string, Known>();
  readonly #keys = new WeakMap<Experiment, Map<string, string>>();
  readonly #unsubscribe: () => void;
  #timer: NodeJS.Timeout | null = null;
  #flushing: Promise<void> = Promise.resolve();

  constructor(deps: ExperimentDeps) {
    this.#deps = deps;
    this.#unsubscribe = deps.bus?.subscribe(TOPIC, () => void this.refresh()) ?? (() => undefined);
  }

  /** @param unit what always gets the same side: a session, else the call */
  assign(requestedModel: string, experiment: Experiment, unit: string): Assignment {
    const key = this.#keyOf(requestedModel, experiment);
    const known = this.#open(key, experiment);
    if (known.status === 'running')
      return { key, arm: uniform(`${key}\n${unit}`) < experiment.share ? 'b' : 'a', counts: true };
    return { key, arm: known.status === 'b-better' && experiment.adopt ? 'b' : 'a', counts: false };
  }

  observe(record: CallRecord): void {
    const side = sideOf(record);
    const known = side && this.#known.get(side.key);
    if (!side || !known) return;
    const outcome = outcomeOf(known.rules, side.arm, record);
    if (outcome !== null) this.#count(side.key, known, side.arm, outcome);
  }

  /** Counts the first feedback on a call. */
  rated(record: CallRecord, score: number): void {
    const side = sideOf(record);
    const known = side && this.#known.get(side.key);
    if (side && known?.metric === 'feedback') this.#count(side.key, known, side.arm, score);
  }

  get states(): readonly (ExperimentState & { readonly rules: Experiment })[] {
    return [...this.#known].map(([key, { newA: _a, newB: _b, ...known }]) => ({ key, ...known }));
  }

  /** Takes over what the store knows. */
  async refresh(): Promise<void> {
    const { log, store } = this.#deps;
    if (!store) return;
    try {
      for (const state of await store.all()) this.#takeOver(state);
    } catch (error) {
      log.warn('the experiments could not be read from the store', { error });
    }
  }

  /** Tells the store of new outcomes, and ends what has come to an end. */
  async flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#flush());
    await this.#flushing;
  }

  async close(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#unsubscribe();
    await this.flush();
  }

  async #flush(): Promise<void> {
    const { clock, log, store } = this.#deps;
    const fresh = [...this.#known].filter(([, { newA, newB }]) => newA.count + newB.count > 0);
    if (!store || fresh.length === 0) return;
    const deltas = fresh.map(([key, { metric, newA, newB }]) => ({ key, metric, a: newA, b: newB }));
    for (const [, known] of fresh) known.newA = known.newB = NO_OUTCOMES;
    try {
      for (const state of await store.add(deltas, clock.now())) this.#takeOver(state);
    } catch (error) {
      log.warn('outcomes of experiments could not be stored; they are told later', { error });
      for (const { key, a, b } of deltas) {
        const known = this.#known.get(key);
        if (!known) continue;
        known.newA = plus(known.newA, a);
        known.newB = plus(known.newB, b);
      }
      this.#schedule();
      return;
    }
    for (const [key, known] of fresh) await this.#judge(key, known);
  }

  async #judge(key: string, known: Known): Promise<void> {
    const { bus, clock, log, store } = this.#deps;
    if (known.status !== 'running') return;
    const status = verdict(known.rules, known.a, known.b);
    if (status === 'running') return;
    known.status = status;
    known.endedAt = new Date(clock.now()).toISOString();
    try {
      if ((await store?.end(key, status, clock.now())) === false) return;
    } catch (error) {
      log.warn('the end of an experiment could not be stored', { key, error });
    }
    const means = { a: known.a.sum / known.a.count, b: known.b.sum / known.b.count };
    log.info('an experiment has ended', { experiment: key, status, metric: known.metric, ...means });
    bus?.publish(TOPIC, key);
  }

  #count(key: string, known: Known, arm: Arm, value: number): void {
    if (known.status !== 'running') return;
    const one = { count: 1, sum: value, squares: value * value };
    if (this.#deps.store) {
      if (arm === 'a') known.newA = plus(known.newA, one);
      else known.newB = plus(known.newB, one);
      this.#schedule();
      return;
    }
    if (arm === 'a') known.a = plus(known.a, one);
    else known.b = plus(known.b, one);
    void this.#judge(key, known);
  }

  #schedule(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.flush();
    }, FLUSH_MS);
    this.#timer.unref();
  }

  #takeOver(state: ExperimentState): void {
    const known = this.#known.get(state.key);
    if (!known) return;
    const { status, startedAt, endedAt, a, b } = state;
    Object.assign(known, { startedAt, a, b, ...(status !== 'running' && { status, endedAt }) });
  }

  #open(key: string, rules: Experiment): Known {
    const found = this.#known.get(key);
    if (found) return found;
    const known: Known = {
      rules,
      metric: rules.metric,
      status: 'running',
      startedAt: new Date(this.#deps.clock.now()).toISOString(),
      endedAt: null,
      a: NO_OUTCOMES,
      b: NO_OUTCOMES,
      newA: NO_OUTCOMES,
      newB: NO_OUTCOMES,
    };
    this.#known.set(key, known);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST_KNOWN) break;
      this.#known.delete(oldest);
    }
    void this.refresh();
    return known;
  }

  #keyOf(requestedModel: string, experiment: Experiment): string {
    const keys = this.#keys.get(experiment) ?? new Map<string, string>();
    this.#keys.set(experiment, keys);
    const known = keys.get(requestedModel);
    if (known !== undefined) return known;
    const { name, b, share, metric } = experiment;
    const definition = JSON.stringify([b.map(formatTarget), share, metric]);
    const hash = createHash('sha256').update(definition).digest('hex').slice(0, 8);
    const key = `${requestedModel}/${name}#${hash}`;
    keys.set(requestedModel, key);
    return key;
  }
}

/** The side that routing noted in the call's decisions. */
function sideOf(record: CallRecord): { readonly key: string; readonly arm: Arm } | null {
  for (const { stage, details } of record.decisions) {
    const key = stage === 'route' ? details?.['experiment'] : undefined;
    const arm = details?.['arm'];
    if (typeof key === 'string' && (arm === 'a' || arm === 'b')) return { key, arm };
  }
  return null;
}

function plus(a: ArmSums, b: ArmSums): ArmSums {
  return { count: a.count + b.count, sum: a.sum + b.sum, squares: a.squares + b.squares };
}
