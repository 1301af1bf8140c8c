import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../test/services/silent-log.ts';
import type { Call } from '../../core/call.ts';
import type { Prompt } from '../../core/content.ts';
import { isCallError } from '../../core/errors.ts';
import { NO_LEVERS } from '../../core/plan.ts';
import { NO_ROUTE, type RouteSettings } from '../../core/plan/route.ts';
import { formatTarget, type Target } from '../../core/target.ts';
import { createPriceBook } from '../../pricing/index.ts';
import { callFor, fakeClock } from '../policy.contract.ts';
import { choose, type ChooseDeps, type Routed } from './choose.ts';
import { rendezvous } from './rendezvous.ts';
import { createRouting } from './routing.ts';
import { classify } from '../compress/task-class.ts';
import { taskOf } from './task.ts';
import { seededRandom } from './testing/random.contract.ts';

/** Dollars a million tokens of input; output costs four times as much. */
const USD: Readonly<Record<string, number>> = { 'p/one': 10, 'p/two': 1, 'p/three': 3, 'q/four': 0.5 };
const TARGETS: readonly Target[] = Object.keys(USD).map((name) => {
  const [provider = '', model = ''] = name.split('/');
  return { provider, model };
});
const provider = (name: string) => ({
  name,
  kind: 'openai-compatible',
  baseUrl: 'http://x',
  keys: [],
  dialects: null,
  headers: {},
  models: [],
  gpu: null,
});
const prices = createPriceBook({
  rules: Object.entries(USD).map(([match, input]) => ({
    match,
    rates: { input: String(input), output: String(4 * input) },
    discount: null,
  })),
});

function prompt(text: string, change: Partial<Prompt> = {}): Prompt {
  return {
    messages: [{ role: 'user', content: [{ type: 'text', text }] }],
    tools: [],
    sampling: {},
    format: { kind: 'text' },
    extras: {},
    ...change,
  };
}

function rig(change: Partial<ChooseDeps> = {}) {
  const clock = fakeClock();
  const routing = createRouting({ store: null, bus: null, clock, log: silentLog });
  const deps: ChooseDeps = {
    isOpen: () => false,
    restsMs: () => 0,
    clock,
    random: seededRandom(1),
    prices: () => prices,
    providers: () => ({ p: provider('p'), q: provider('q') }),
    router: null,
    ...routing,
    ...change,
  };
  const learn = (name: string, totalMs: number, outputTokens = 100, calls = 20): void => {
    const [at = '', model = ''] = name.split('/');
    const outcome = { failed: false, ttftMs: totalMs / 10, totalMs, outputTokens, usdPerToken: null };
    for (let count = 0; count < calls; count++)
      routing.table.learn({ ...outcome, target: { provider: at, model } });
  };
  const order = (settings: Partial<RouteSettings>, call: Partial<Call> = {}, targets = TARGETS): string[] =>
    chosen(settings, call, targets).targets.map(formatTarget);
  const chosen = (settings: Partial<RouteSettings>, call: Partial<Call> = {}, targets = TARGETS): Routed => {
    const plan = { ...NO_LEVERS, route: { ...NO_ROUTE, ...settings } };
    const routed = choose(
      deps,
      callFor('fast', { plan, prompt: () => prompt('Hello there'), ...call }),
      targets,
    );
    if (routed instanceof Promise) throw new TypeError('it takes time');
    return routed;
  };
  return { chosen, deps, learn, order, table: routing.table };
}

const headers = (given: Record<string, string>): Pick<Call, 'wire'> => ({
  wire: { method: 'POST', url: '/', headers: given, body: new Uint8Array() },
});
const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (isCallError(error)) return `${error.code}: ${error.message}`;
  }
  throw new Error('was allowed');
};

describe('strategies', () => {
  it('order every candidate once', () => {
    const strategies = ['in-order', 'cheapest', 'fastest', 'weighted', 'cascade', 'bandit'] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...strategies),
        fc.boolean(),
        fc.subarray([...TARGETS], { minLength: 1 }),
        (strategy, sticky, some) => {
          const { order } = rig();
          expect(order({ strategy, sticky }, {}, some).toSorted()).toEqual(some.map(formatTarget).toSorted());
        },
      ),
    );
  });

  it('cheapest counts what each target is wont to say', () => {
    const { learn, order } = rig();
    expect(order({ strategy: 'cheapest' })).toEqual(['q/four', 'p/two', 'p/three', 'p/one']);
    learn('q/four', 500, 5_000);
    learn('p/two', 500, 100);
    learn('p/three', 500, 10);
    learn('p/one', 500, 100);
    // 5,000 × $2 = $0.010; 100 × $4 = $0.0004; 10 × $12 = $0.00012; 100 × $40 = $0.004, and a little for the input.
    expect(order({ strategy: 'cheapest' })).toEqual(['p/three', 'p/two', 'p/one', 'q/four']);
    const short = prompt('Hello', { sampling: { maxOutputTokens: 5 } });
    expect(order({ strategy: 'cheapest' }, { prompt: () => short })[0]).toBe('q/four');
  });

  it('cheapest puts those without a price last', () => {
    const unknown = { provider: 'q', model: 'unheard' };
    expect(
      rig()
        .order({ strategy: 'cheapest' }, {}, [unknown, ...TARGETS])
        .at(-1),
    ).toBe('q/unheard');
  });

  it('fastest goes by the median, and tries who is not known', () => {
    const { learn, order } = rig();
    for (const [name, ms] of [
      ['p/one', 900],
      ['p/two', 100],
      ['p/three', 300],
    ] as const)
      learn(name, ms);
    expect(order({ strategy: 'fastest' })).toEqual(['q/four', 'p/two', 'p/three', 'p/one']);
  });

  it('weighted gives each its share', () => {
    const { order } = rig();
    const counts: Record<string, number> = {};
    for (let call = 0; call < 4_000; call++) {
      const weights = { 'p/one': 6, 'p/two': 3, 'p/three': 1, 'q/four': 0 };
      const [first = ''] = order({ strategy: 'weighted', weights }, { id: `call-${call}` });
      counts[first] = (counts[first] ?? 0) + 1 / 4_000;
    }
    expect(counts['p/one']).toBeCloseTo(0.6, 1);
    expect(counts['p/two']).toBeCloseTo(0.3, 1);
    expect(counts['p/three']).toBeCloseTo(0.1, 1);
    expect(counts['q/four']).toBeUndefined();
  });

  it('leave those that are unwell for last, whatever the strategy', () => {
    const limited = rig({
      restsMs: ({ model }) => (model === 'four' ? 3000 : 0),
      isOpen: ({ model }) => model === 'two',
    });
    expect(limited.order({ strategy: 'cheapest' })).toEqual(['p/three', 'p/one', 'q/four', 'p/two']);
    expect(limited.chosen({ strategy: 'cheapest' }).decision.why).toContain(
      'its provider limits us for 3000 ms more',
    );
  });
});

describe('sessions', () => {
  const at = (session: string): Partial<Call> => ({ caller: { ...callFor('x').caller, session } });

  it('keep their target, and only those of a target that is gone move', () => {
    const well = rig();
    const ill = rig({ isOpen: ({ model }) => model === 'two' });
    for (let session = 0; session < 200; session++) {
      const call = at(`session-${session}`);
      const [first] = well.order({ sticky: true }, call);
      expect(well.order({ sticky: true }, call)[0]).toBe(first);
      const [now] = ill.order({ sticky: true }, call);
      if (first === 'p/two') expect(now).not.toBe('p/two');
      else expect(now).toBe(first);
    }
  });

  it('are spread by weight (rendezvous)', () => {
    let wins = 0;
    for (let key = 0; key < 10_000; key++)
      wins += Number(rendezvous(`k${key}`, 'a', 3) > rendezvous(`k${key}`, 'b', 1));
    expect(wins / 10_000).toBeCloseTo(0.75, 1);
  });
});

describe('limits', () => {
  it('never let a target through that does not meet them', () => {
    const { learn, order, table } = rig();
    for (const [name, ms] of [
      ['p/one', 100],
      ['p/two', 400],
      ['p/three', 200],
      ['q/four', 1600],
    ] as const)
      learn(name, ms);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.boolean(), (maxLatencyMs, stream) => {
        const fitting = TARGETS.map(formatTarget).filter(
          (name) => table.latencyMs(name, stream, 0.95)! <= maxLatencyMs,
        );
        const run = (): string[] => order({ maxLatencyMs }, { stream });
        if (fitting.length === 0) expect(refusal(run)).toMatch(/^no_model_fits: .*nearest is p\/one/);
        else expect(run().toSorted()).toEqual(fitting.toSorted());
      }),
    );
  });

  it('say which binds when each alone could be met', () => {
    const { learn, order } = rig();
    learn('p/one', 1000);
    learn('p/two', 100);
    const quality = { 'p/one': { any: { score: 0.95, of: 500 } }, 'p/two': { any: { score: 0.5, of: 500 } } };
    const both = (): unknown =>
      order({ quality, maxLatencyMs: 200, minQuality: 0.9 }, { stream: false }, TARGETS.slice(0, 2));
    expect(refusal(both)).toMatch(
      /No target that is good enough answers within 200 ms .* nearest is p\/one with 9\d\d ms|10\d\d ms/,
    );
  });

  it('let unknown latencies in, or not', () => {
    const { order } = rig();
    expect(order({ maxLatencyMs: 5 })).toHaveLength(4);
    expect(refusal(() => order({ maxLatencyMs: 5, unknownLatency: 'refuse' }))).toContain('not known yet');
  });

  it('of the header win over those of the alias, and must be numbers', () => {
    const { learn, order } = rig();
    for (const name of Object.keys(USD)) learn(name, 100);
    expect(order({ maxLatencyMs: 1 }, { ...headers({ 'x-illm-max-latency-ms': '5000' }) })).toHaveLength(4);
    for (const value of ['', 'fast', '-1', '0', 'NaN', '1e99'])
      expect(refusal(() => order({}, headers({ 'x-illm-max-latency-ms': value })))).toMatch(
        /^invalid_request/,
      );
  });
});

describe('the bandit', () => {
  /** Plays with targets of these shares of good answers; gives the share of the last plays that went to each. */
  function play(good: Readonly<Record<string, number>>, priceWeight: number, plays = 1_500) {
    const random = seededRandom(42);
    const { order, table } = rig({ random });
    const targets = Object.keys(good).map((name) => TARGETS.find((target) => formatTarget(target) === name)!);
    const last: Record<string, number> = {};
    for (let at = 0; at < plays; at++) {
      const [first = ''] = order({ strategy: 'bandit', priceWeight }, {}, targets);
      const score = Number(random() < (good[first] ?? 0));
      const target = targets.find((each) => formatTarget(each) === first)!;
      table.rate({ requestedModel: 'fast', target, task: 'chat', count: 1, scoreSum: score });
      if (at >= plays - 500) last[first] = (last[first] ?? 0) + 1 / 500;
    }
    return last;
  }

  it('finds the best, and goes on trying a little', () => {
    expect(play({ 'p/one': 0.9, 'p/two': 0.6, 'p/three': 0.5 }, 0)['p/one']).toBeGreaterThan(0.9);
  });

  it('takes a cheap one that is nearly as good', () => {
    expect(play({ 'p/one': 0.9, 'p/two': 0.85 }, 0.3)['p/two']).toBeGreaterThan(0.9);
    expect(play({ 'p/one': 0.9, 'p/two': 0.3 }, 0.3)['p/one']).toBeGreaterThan(0.9);
  });
});

describe('tasks', () => {
  const of = (text: string, change: Partial<Prompt> = {}) => {
    const asked = prompt(text, change);
    return taskOf(callFor('fast', { prompt: () => asked }), asked).name;
  };

  it.each([
    ['Hello, how are you?', 'chat'],
    ['Translate "bread" to French.', 'translation'],
    ['Write a function that reverses a list in Python', 'code'],
    ['Summarize this: the harbour was rebuilt.', 'summary'],
  ])('are told by rules: %s', (text, task) => {
    expect(of(text)).toBe(task);
  });

  it.each([
    `${'The harbour was rebuilt. '.repeat(600)}Who paid?`,
    `Documents: ${'the harbour. '.repeat(2000)}`,
    `${'x'.repeat(15_990)} what?`,
    `${'x'.repeat(16_100)} Summarize this.`,
    `Calculate 3 + 4. ${'The end. '.repeat(3000)}`,
  ])('of long texts are told as if they were read whole', (text) => {
    expect(of(text)).toBe(classify(text.trim(), null).task);
  });

  it('are told by what the call brings', () => {
    expect(of('x', { format: { kind: 'json' } })).toBe('extraction');
    expect(of('x', { tools: [{ name: 'f', parameters: {} }] })).toBe('tools');
  });

  it('are declared by the header, which must be a word', () => {
    expect(taskOf(callFor('fast', headers({ 'x-illm-task': ' Code ' })), null)).toEqual({
      name: 'code',
      from: 'header',
    });
    expect(refusal(() => taskOf(callFor('fast', headers({ 'x-illm-task': 'a b' })), null))).toMatch(
      /^invalid_request/,
    );
  });
});
