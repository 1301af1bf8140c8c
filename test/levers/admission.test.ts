import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { callRecord } from '../services/call-record.ts';
import { recordingLog } from '../services/silent-log.ts';
import type { AdmissionSettings, BudgetRule, RateRule } from '../../src/core/admission.ts';
import type { Call } from '../../src/core/call.ts';
import type { Counters } from '../../src/core/counters.ts';
import { CallError } from '../../src/core/errors.ts';
import { picoFromUsd, usdFromPico } from '../../src/core/money.ts';
import { localCounters } from '../../src/shared/counters/index.ts';
import { callFor, type FakeClock, fakeClock } from '../../src/policy/policy.contract.ts';
import { Admission, type SpentBefore } from '../../src/policy/admit/index.ts';

const BUDGET: BudgetRule = {
  name: 'everything',
  by: 'all',
  only: null,
  limitUsd: '1',
  window: { kind: 'fixed', unit: 'day' },
  degradeTo: null,
  degradeLimitUsd: null,
  unpriced: 'refuse',
  assumedUsd: '0.01',
  sharedDown: 'closed',
};
const RATE: RateRule = {
  name: 'everyone',
  by: 'all',
  only: null,
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrency: null,
  sharedDown: 'open',
};
const TARGET = { provider: 'openai', model: 'gpt-4o' };
const opened: Admission[] = [];

interface World {
  readonly admission: Admission;
  readonly clock: FakeClock;
  readonly log: ReturnType<typeof recordingLog>;
  /** What the ledger knows. */
  readonly ledger: SpentBefore[];
  /** @returns how to give it back */
  readonly reserve: (id: string, usd: string, change?: Partial<Call>) => Promise<() => void>;
  readonly finish: (id: string, costUsd: string | null) => void;
  readonly state: () => Promise<{ readonly spent: string; readonly reserved: string; readonly left: string }>;
}

function world(change: Partial<AdmissionSettings> = {}, counters: Counters = localCounters()): World {
  const settings: AdmissionSettings = {
    budgets: [BUDGET],
    rateLimits: [],
    assumedOutputTokens: 100,
    ...change,
  };
  const clock = fakeClock();
  const log = recordingLog();
  const ledger: SpentBefore[] = [];
  const admission = new Admission({
    settings: () => settings,
    counters,
    spent: async () => [...ledger],
    totals: async () => {
      const sum = ledger.reduce((total, { costUsd }) => total + picoFromUsd(costUsd), 0n);
      return [{ subject: '', at: clock.now(), costUsd: usdFromPico(sum) }];
    },
    clock,
    log,
  });
  opened.push(admission);
  return {
    admission,
    clock,
    log,
    ledger,
    reserve: async (id, usd, more = {}) => {
      const call = callFor('gpt-4o', { id, receivedAt: clock.now(), ...more });
      const worst = { kind: 'bounded', cost: picoFromUsd(usd) } as const;
      return await admission.reserve(call, TARGET, admission.rules(call, TARGET), worst);
    },
    finish: (id, costUsd) => admission.observe(callRecord({ id, costUsd, unpriced: costUsd === null })),
    state: async () => {
      const [state] = await admission.states(settings.budgets[0] ?? BUDGET, ['']);
      return {
        spent: state?.spentUsd ?? '',
        reserved: state?.reservedUsd ?? '',
        left: state?.leftUsd ?? '',
      };
    },
  };
}

afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

describe('a budget', () => {
  it('holds spent + reserved within its limit through any course of calls', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('call' as const), microUsd: fc.integer({ min: 1, max: 400_000 }) }),
      fc.record({
        kind: fc.constant('finish' as const),
        which: fc.nat(),
        percent: fc.integer({ max: 100, min: 0 }),
      }),
      fc.record({ kind: fc.constant('fail' as const), which: fc.nat() }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1000, 30_000, 600_001) }),
      fc.record({ kind: fc.constant('renew' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const counters = localCounters();
        const [one, two] = [world({}, counters), world({}, counters)];
        const open: { id: string; micro: number; giveBack: () => void }[] = [];
        let spent = 0;
        for (const [index, each] of steps.entries()) {
          const at = index % 2 === 0 ? one : two;
          const take = (which: number) => open.splice(which % Math.max(1, open.length), 1)[0];
          switch (each.kind) {
            case 'call': {
              const id = `c${index}`;
              const granted = await at.reserve(id, (each.microUsd / 1e6).toFixed(6)).then(
                (giveBack) => ({ giveBack }),
                () => null,
              );
              if (granted) open.push({ id, micro: each.microUsd, giveBack: granted.giveBack });
              break;
            }
            case 'finish': {
              const call = take(each.which);
              if (!call) break;
              const cost = Math.floor((call.micro * each.percent) / 100);
              spent += cost;
              for (const { finish } of [one, two]) finish(call.id, (cost / 1e6).toFixed(6));
              break;
            }
            case 'fail':
              take(each.which)?.giveBack();
              break;
            case 'wait':
              await at.clock.sleep(each.ms);
              break;
            case 'renew':
              await one.admission.renew();
              await two.admission.renew();
              break;
          }
          const state = await one.state();
          const counted = picoFromUsd(state.spent) + picoFromUsd(state.reserved);
          expect(counted).toBeLessThanOrEqual(picoFromUsd('1'));
          expect(picoFromUsd(state.spent)).toBe(BigInt(spent) * 1_000_000n);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('never lets a thousand calls at once spend more, whatever they turn out to cost', async () => {
    const counters = localCounters();
    const worlds = [world({}, counters), world({}, counters), world({}, counters)];
    const granted = await Promise.all(
      Array.from({ length: 1000 }, async (_, index) => {
        const at = worlds[index % 3];
        return await at?.reserve(`c${index}`, '0.013').then(
          () => index,
          () => null,
        );
      }),
    );
    const running = granted.filter((index) => typeof index === 'number');
    expect(running).toHaveLength(76);
    for (const index of running) worlds[index % 3]?.finish(`c${index}`, '0.013');
    expect(await worlds[0]?.state()).toEqual({ spent: '0.988000', reserved: '0.000000', left: '0.012000' });
  });

  it('says exactly when it has room again', async () => {
    const { clock, finish, reserve } = world();
    // The fake clock begins at 2027-01-15T08:00:00Z.
    await reserve('a', '0.9');
    const soon = await reserve('b', '0.2').catch((error: unknown) => error);
    expect(soon).toMatchObject({ code: 'over_budget', status: 402, retryAfterMs: 1000 });
    finish('a', '0.9');
    const full = await reserve('b', '0.2').catch((error: unknown) => error);
    expect(full).toMatchObject({ retryAfterMs: 16 * 3_600_000 });
    expect((full as CallError).message).toContain('It has room again at 2027-01-16T00:00:00.000Z.');
    await clock.sleep(16 * 3_600_000);
    await reserve('b', '0.2');
  });

  it('that slides frees what grew old, never too early', async () => {
    const hour = 3_600_000;
    const { clock, finish, reserve } = world({
      budgets: [{ ...BUDGET, window: { kind: 'sliding', ms: hour } }],
    });
    await reserve('a', '0.6');
    finish('a', '0.6');
    await clock.sleep(hour / 2);
    await reserve('b', '0.3');
    finish('b', '0.3');
    const refused = (await reserve('c', '0.5').catch((error: unknown) => error)) as CallError;
    const wait = refused.retryAfterMs ?? 0;
    expect(wait).toBeGreaterThanOrEqual(hour / 2);
    expect(wait).toBeLessThanOrEqual(hour / 2 + hour / 60);
    await clock.sleep(wait - 1);
    await expect(reserve('c', '0.5')).rejects.toThrow('has room again');
    await clock.sleep(1);
    await reserve('c', '0.5');
  });

  it('books a call in the window in which it came, as the ledger does', async () => {
    const { clock, finish, reserve, state } = world();
    const receivedAt = clock.now() + 16 * 3_600_000 - 1;
    await clock.sleep(16 * 3_600_000);
    await reserve('a', '0.5', { receivedAt });
    finish('a', '0.4');
    expect((await state()).spent).toBe('0.000000');
  });

  it('keeps what long streams reserved, and lets go what a killed process did', async () => {
    const counters = localCounters();
    const [alive, killed] = [world({}, counters), world({}, counters)];
    await killed.reserve('k', '0.5');
    await alive.reserve('a', '0.4');
    for (let minutes = 0; minutes < 30; minutes++) {
      await alive.clock.sleep(60_000);
      await alive.admission.renew();
    }
    expect(await alive.state()).toMatchObject({ reserved: '0.400000' });
  });

  it('counts what a killed process spent, once the ledger has it', async () => {
    const counters = localCounters();
    const [alive, killed] = [world({}, counters), world({}, counters)];
    await alive.reserve('a', '0.1');
    alive.finish('a', '0.1');
    await killed.reserve('k', '0.5');
    // Killed before it could count it; its row is found in its journal later.
    alive.ledger.push({ subject: '', at: alive.clock.now(), costUsd: '0.1' });
    alive.ledger.push({ subject: '', at: alive.clock.now(), costUsd: '0.5' });
    await alive.admission.reconcile();
    await alive.admission.reconcile();
    await alive.clock.sleep(600_001);
    expect(await alive.state()).toEqual({ spent: '0.600000', reserved: '0.000000', left: '0.400000' });
  });

  it('begins with the ledger, anew when the counters were lost', async () => {
    let counters = localCounters();
    const shared: Counters = {
      ...counters,
      reserve: (...args) => counters.reserve(...args),
      seed: (...args) => counters.seed(...args),
      seeded: (...args) => counters.seeded(...args),
      read: (...args) => counters.read(...args),
    };
    const { ledger, reserve, state } = world({}, shared);
    ledger.push({ subject: '', at: 1_800_000_000_000, costUsd: '0.7' });
    await expect(reserve('a', '0.4')).rejects.toMatchObject({ code: 'over_budget' });
    counters = localCounters();
    await expect(reserve('a', '0.4')).rejects.toMatchObject({ code: 'over_budget' });
    expect((await state()).spent).toBe('0.700000');
    await reserve('a', '0.3');
  });

  it('counts what has no price as what was reserved', async () => {
    const { finish, reserve, state } = world();
    await reserve('a', '0.3');
    finish('a', null);
    expect((await state()).spent).toBe('0.300000');
  });

  it('counts a call that was sent to several targets once', async () => {
    const { finish, reserve, state } = world();
    await reserve('a', '0.3');
    await reserve('a', '0.2');
    expect((await state()).reserved).toBe('0.500000');
    finish('a', '0.25');
    expect(await state()).toEqual({ spent: '0.250000', reserved: '0.000000', left: '0.750000' });
  });
});

describe('when the counters cannot be reached', () => {
  const broken: Counters = {
    ...localCounters(),
    reserve: async () => {
      throw new CallError('not_ready', 'Redis cannot be reached.');
    },
  };

  it('budgets are closed unless they are said to be open', async () => {
    await expect(world({}, broken).reserve('a', '0.1')).rejects.toMatchObject({ status: 503 });
    const open = world({ budgets: [{ ...BUDGET, sharedDown: 'open' }] }, broken);
    const call = callFor('gpt-4o', { id: 'a' });
    for (const id of ['a', 'b']) await open.reserve(id, '0.1', { trail: call.trail });
    expect(call.trail.decisions[0]).toMatchObject({ action: 'uncounted' });
    expect(open.log.lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
  });

  it('rates are open unless they are said to be closed', async () => {
    const call = callFor('gpt-4o');
    const open = world({ budgets: [], rateLimits: [{ ...RATE, requestsPerMinute: 1 }] }, broken);
    await open.admission.admit(call, open.admission.rules(call, null));
    const closed = world(
      { budgets: [], rateLimits: [{ ...RATE, requestsPerMinute: 1, sharedDown: 'closed' }] },
      broken,
    );
    await expect(closed.admission.admit(call, closed.admission.rules(call, null))).rejects.toMatchObject({
      code: 'not_ready',
    });
  });
});

describe('a rate', () => {
  it('of calls at once is free again when a call is over, or its process died', async () => {
    const { admission, clock, finish } = world({ budgets: [], rateLimits: [{ ...RATE, concurrency: 2 }] });
    const admit = async (id: string): Promise<void> => {
      const call = callFor('gpt-4o', { id });
      await admission.admit(call, admission.rules(call, null));
    };
    await admit('a');
    await admit('b');
    await expect(admit('c')).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 1000 });
    finish('a', '0');
    await admit('c');
    await expect(admit('d')).rejects.toMatchObject({ status: 429 });
    await clock.sleep(60_001);
    await admit('d');
  });

  it('of requests tells the client how it stands, also when it refuses', async () => {
    const rateLimits = [
      { ...RATE, requestsPerMinute: 5 },
      { ...RATE, name: 'tighter', requestsPerMinute: 2 },
    ];
    const { admission, finish } = world({ budgets: [], rateLimits });
    const told: unknown[] = [];
    for (const id of ['a', 'b', 'c']) {
      const call = callFor('gpt-4o', { id });
      await admission.admit(call, admission.rules(call, null)).catch(() => undefined);
      finish(id, '0');
      told.push(call.trail.told?.['x-ratelimit-remaining-requests']);
      expect(call.trail.told).toMatchObject({
        'x-ratelimit-limit-requests': '2',
        'x-ratelimit-reset-requests': expect.stringMatching(/^6[01]s$/),
      });
    }
    expect(told).toEqual(['1', '0', '0']);
  });

  it('asks nothing of counters where no limit applies', () => {
    const counters = { ...localCounters(), reserve: vi.fn() };
    const { admission } = world({ budgets: [], rateLimits: [] }, counters);
    const call = callFor('gpt-4o');
    expect(admission.rules(call, null)).toMatchObject({ budgets: [], rateLimits: [] });
    expect(counters.reserve).not.toHaveBeenCalled();
  });
});
