import { describe, expect, it } from 'vitest';
import { callRecord } from '../../../../test/services/call-record.ts';
import { recordingLog, silentLog } from '../../../../test/services/silent-log.ts';
import type { ArmSums, ExperimentDelta, ExperimentState, ExperimentStore } from '../../../core/experiment.ts';
import { NO_OUTCOMES } from '../../../core/experiment.ts';
import type { Experiment } from '../../../core/plan/route.ts';
import type { Random } from '../../../core/ports.ts';
import { fakeClock } from '../../policy.contract.ts';
import { normal } from '../stats/beta.ts';
import { seededRandom } from '../testing/random.contract.ts';
import { Experiments } from './experiments.ts';
import { verdict } from './verdict.ts';

const RULES: Experiment = {
  name: 'trial',
  b: [{ provider: 'b', model: 'two' }],
  share: 0.3,
  metric: 'success',
  alpha: 0.05,
  effect: 0.05,
  minOutcomes: 100,
  mostOutcomes: 6_000,
  adopt: false,
};

/** Runs one experiment with a look after every outcome. */
function run(rules: Experiment, random: Random, draw: (arm: 'a' | 'b') => number) {
  let a: ArmSums = NO_OUTCOMES;
  let b: ArmSums = NO_OUTCOMES;
  const plus = (sums: ArmSums, value: number): ArmSums => ({
    count: sums.count + 1,
    sum: sums.sum + value,
    squares: sums.squares + value * value,
  });
  for (;;) {
    if (random() < rules.share) b = plus(b, draw('b'));
    else a = plus(a, draw('a'));
    const status = verdict(rules, a, b);
    if (status !== 'running') return { status, outcomes: a.count + b.count };
  }
}

function share(found: readonly boolean[]): number {
  return found.filter(Boolean).length / found.length;
}

describe('the sequential test', () => {
  it.each([
    ['success', 0.5],
    ['success', 0.9],
    ['success', 0.99],
  ] as const)(
    'tells equal sides apart in at most α of the experiments, looking after every outcome: %s %d',
    (metric, p) => {
      const random = seededRandom(20_261_124);
      const wrong = Array.from(
        { length: 400 },
        () => run({ ...RULES, metric }, random, () => Number(random() < p)).status,
      ).map((status) => status !== 'no-difference');
      // 400 experiments at 5 %: 20 expected at most, 32 with a probability under 0.5 %.
      expect(wrong.filter(Boolean).length).toBeLessThanOrEqual(31);
    },
  );

  it('does so for costs, whose logarithms it compares', () => {
    const random = seededRandom(5);
    const wrong = Array.from({ length: 300 }, () =>
      run({ ...RULES, metric: 'cost', effect: 0.1, mostOutcomes: 4_000 }, random, () => -7 + normal(random)),
    );
    expect(share(wrong.map(({ status }) => status !== 'no-difference'))).toBeLessThanOrEqual(0.08);
  });

  it('finds a failing canary soon, and a better one too', () => {
    const random = seededRandom(11);
    const worse = Array.from({ length: 100 }, () =>
      run(RULES, random, (arm) => Number(random() < (arm === 'a' ? 0.98 : 0.8))),
    );
    expect(share(worse.map(({ status }) => status === 'b-worse'))).toBe(1);
    const mean = worse.reduce((sum, { outcomes }) => sum + outcomes, 0) / worse.length;
    expect(mean).toBeLessThan(700);
    const better = Array.from({ length: 100 }, () =>
      run(RULES, random, (arm) => Number(random() < (arm === 'a' ? 0.7 : 0.85))),
    );
    expect(share(better.map(({ status }) => status === 'b-better'))).toBeGreaterThan(0.99);
  });

  it('takes less cost and less latency for better', () => {
    const sums = (mean: number): ArmSums => ({
      count: 1000,
      sum: 1000 * mean,
      squares: 1000 * (mean * mean + 1),
    });
    expect(verdict({ ...RULES, metric: 'cost' }, sums(-7), sums(-8))).toBe('b-better');
    expect(verdict({ ...RULES, metric: 'latency' }, sums(5), sums(6))).toBe('b-worse');
  });
});

/** A store in memory, as several gateways share it. */
function memoryStore(): ExperimentStore & { failing: boolean } {
  const states = new Map<string, ExperimentState>();
  const plus = (x: ArmSums, y: ArmSums): ArmSums => ({
    count: x.count + y.count,
    sum: x.sum + y.sum,
    squares: x.squares + y.squares,
  });
  const added = ({ key, metric, a, b }: ExperimentDelta): ExperimentState => {
    const old = states.get(key) ?? {
      key,
      metric,
      status: 'running',
      startedAt: '2026-11-24T12:00:00.000Z',
      endedAt: null,
      a: NO_OUTCOMES,
      b: NO_OUTCOMES,
    };
    const state = { ...old, a: plus(old.a, a), b: plus(old.b, b) };
    states.set(key, state);
    return state;
  };
  const store = {
    failing: false,
    all: async () => [...states.values()],
    add: async (deltas: readonly ExperimentDelta[]) => {
      if (store.failing) throw new Error('the store is away');
      return deltas.map(added);
    },
    end: async (key: string, status: ExperimentState['status']) => {
      const state = states.get(key);
      if (state?.status !== 'running') return false;
      states.set(key, { ...state, status, endedAt: '2026-11-24T13:00:00.000Z' });
      return true;
    },
  };
  return store;
}

describe('Experiments', () => {
  const rules = { ...RULES, share: 0.5, minOutcomes: 10, effect: 0.2 };
  const finished = (experiments: Experiments, unit: string) => {
    const { arm, counts, key } = experiments.assign('fast', rules, unit);
    const decision = { stage: 'route', action: 'chose', why: '', atMs: 0, details: { experiment: key, arm } };
    const target = arm === 'a' ? { provider: 'a', model: 'one' } : rules.b[0]!;
    const failed = arm === 'b';
    experiments.observe(
      callRecord({
        target,
        status: failed ? 'error' : 'ok',
        errorCode: failed ? 'upstream_error' : null,
        decisions: counts ? [decision] : [],
      }),
    );
    return arm;
  };

  it('gives a session one side, and the share of the sessions', () => {
    const experiments = new Experiments({ store: null, bus: null, clock: fakeClock(), log: silentLog });
    const trial = { ...RULES, share: 0.3 };
    const arms = Array.from({ length: 5_000 }, (_, at) => experiments.assign('fast', trial, `s${at}`).arm);
    expect(share(arms.map((arm) => arm === 'b'))).toBeCloseTo(0.3, 1);
    for (const at of [0, 1, 2]) expect(experiments.assign('fast', trial, `s${at}`).arm).toBe(arms[at]);
  });

  it('adds up what several gateways saw, ends once, and all go back', async () => {
    const store = memoryStore();
    const log = recordingLog();
    const gateways = [1, 2].map(() => new Experiments({ store, bus: null, clock: fakeClock(), log }));
    for (let call = 0; call < 40; call++) finished(gateways[call % 2]!, `s${call}`);
    for (const gateway of gateways) await gateway.flush();
    await Promise.all(gateways.map((gateway) => gateway.refresh()));
    const [state] = await store.all();
    expect(state).toMatchObject({ status: 'b-worse' });
    expect(state!.a.count + state!.b.count).toBe(40);
    for (const gateway of gateways) {
      expect(gateway.states[0]).toMatchObject({ status: 'b-worse' });
      const arms = Array.from({ length: 50 }, (_, at) => gateway.assign('fast', rules, `t${at}`).arm);
      expect(new Set(arms)).toEqual(new Set(['a']));
      const adopting = { ...rules, adopt: true };
      expect(gateway.assign('fast', adopting, 's').counts).toBe(false);
    }
    expect(log.lines.filter((line) => line.includes('an experiment has ended'))).toHaveLength(1);
    await Promise.all(gateways.map((gateway) => gateway.close()));
  });

  it('keeps outcomes that the store did not take', async () => {
    const store = memoryStore();
    store.failing = true;
    const experiments = new Experiments({ store, bus: null, clock: fakeClock(), log: silentLog });
    for (let call = 0; call < 6; call++) finished(experiments, `s${call}`);
    await experiments.flush();
    store.failing = false;
    await experiments.flush();
    const [state] = await store.all();
    expect(state!.a.count + state!.b.count).toBe(6);
    await experiments.close();
  });
});
