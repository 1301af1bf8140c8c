/**
 * How long routing takes to decide: every strategy, by candidates and length of the prompt, the upstreams left out.
 * `CALLS` (20,000) decisions each. The prompt is parsed already, as the gateway has it; its task is told by the rules.
 * On a busy machine the wall clock also counts other processes' turns; processor time (of all of the process's threads,
 * garbage collection included) does not.
 */
import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setImmediate as breath } from 'node:timers/promises';
import type { Call } from '../../src/core/call.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Prompt } from '../../src/core/content.ts';
import { NO_LEVERS } from '../../src/core/plan.ts';
import { ANY_TASK, NO_ROUTE, type RouteSettings } from '../../src/core/plan/route.ts';
import { Trail } from '../../src/core/trail.ts';
import { choose } from '../../src/policy/route/choose.ts';
import { createRouting, routeStage } from '../../src/policy/route/index.ts';
import { createPriceBook } from '../../src/pricing/index.ts';

const CALLS = Number(process.env['CALLS'] ?? 20_000);
const STRATEGIES = ['cheapest', 'fastest', 'weighted', 'bandit', 'cascade'] as const;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const SENTENCE = 'The harbour was rebuilt in 1958, and its quays are long; who pays for them, and why? ';

function promptOf(bytes: number): Prompt {
  const text = SENTENCE.repeat(Math.ceil(bytes / SENTENCE.length));
  return {
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'You are terse.' }] },
      { role: 'user', content: [{ type: 'text', text }] },
    ],
    tools: [],
    sampling: {},
    format: { kind: 'text' },
    extras: {},
  };
}

function callOf(prompt: Prompt, route: RouteSettings, id: string): Call {
  const none = (): never => {
    throw new TypeError('not needed');
  };
  return {
    id,
    receivedAt: Date.now(),
    dialect: 'openai-chat',
    operation: 'generate',
    requestedModel: 'fast',
    stream: true,
    caller: {
      keyId: null,
      keyName: null,
      team: null,
      user: null,
      tags: {},
      session: null,
      traceparent: null,
      credential: null,
    },
    wire: { method: 'POST', url: '/v1/chat/completions', headers: {}, body: new Uint8Array() },
    prompt: () => prompt,
    received: () => prompt,
    embedding: none,
    rewritten: false,
    typed: false,
    plan: { ...NO_LEVERS, route },
    candidates: null,
    resolvedBy: 'fast is an alias',
    target: null,
    trail: new Trail(() => performance.now()),
    signal: new AbortController().signal,
  };
}

const MODELS = ['gpt-4o', 'gpt-4o-mini', 'gpt-4.1', 'gpt-4.1-mini', 'gpt-4.1-nano'];

function rig(count: number) {
  const targets = Array.from({ length: count }, (_, at) => ({
    provider: `openai-${Math.floor(at / MODELS.length)}`,
    model: MODELS[at % MODELS.length] ?? 'gpt-4o',
  }));
  const providers = Object.fromEntries(
    targets.map(({ provider }) => [
      provider,
      {
        name: provider,
        kind: 'openai',
        baseUrl: 'http://x',
        keys: [],
        dialects: null,
        headers: {},
        models: [],
        gpu: null,
      },
    ]),
  );
  const routing = createRouting({ store: null, bus: null, clock: systemClock, log });
  for (const target of targets)
    for (let call = 0; call < 200; call++) {
      const ms = 100 + 400 * Math.random();
      routing.table.learn({
        target,
        failed: false,
        ttftMs: ms / 4,
        totalMs: ms,
        outputTokens: 200,
        usdPerToken: 1e-6,
      });
      routing.table.rate({
        requestedModel: 'fast',
        target,
        task: ANY_TASK,
        count: 1,
        scoreSum: Math.random(),
      });
    }
  const prices = createPriceBook({ rules: [] });
  const deps = {
    isOpen: () => false,
    restsMs: () => 0,
    clock: systemClock,
    random: Math.random,
    log,
    prices: () => prices,
    providers: () => providers,
    router: null,
    ...routing,
    routing,
  };
  return { deps, targets, routing };
}

function quantile(sorted: readonly number[], share: number): string {
  return (sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(4);
}

async function decisions(
  count: number,
  bytes: number,
  strategy: (typeof STRATEGIES)[number],
): Promise<string> {
  const { deps, targets, routing } = rig(count);
  const prompt = promptOf(bytes);
  const settings = { ...NO_ROUTE, strategy, maxLatencyMs: 5_000, minQuality: 0.1 };
  const took: number[] = [];
  const busy: number[] = [];
  for (let at = -2_000; at < CALLS; at++) {
    const call = callOf(prompt, settings, `call-${at}`);
    const cpu = process.cpuUsage();
    const start = performance.now();
    await choose(deps, call, targets);
    const ms = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    if (at >= 0) {
      took.push(ms);
      busy.push((user + system) / 1000);
    }
    // Ratings come now and then: what is kept of the bounds is computed anew.
    if (at % 100 === 0) {
      const [target] = targets;
      if (target)
        routing.table.rate({ requestedModel: 'fast', target, task: ANY_TASK, count: 1, scoreSum: 1 });
      await breath();
    }
  }
  for (const list of [took, busy]) list.sort((a, b) => a - b);
  return `| ${strategy} | ${count} | ${bytes} | ${quantile(took, 0.5)} | ${quantile(took, 0.99)} | ${quantile(took, 0.999)} | ${quantile(busy, 0.5)} | ${quantile(busy, 0.99)} |`;
}

/** Nanoseconds of processor time that the stage adds to a call of one candidate whose plan is in-order. */
function inOrderNs(): { readonly alone: number; readonly staged: number } {
  const { deps, targets } = rig(1);
  const answer = (async function* answer() {})();
  const next = (): typeof answer => answer;
  const stage = routeStage(deps)(next);
  const time = (handler: (call: Call) => unknown): number => {
    const rounds: number[] = [];
    for (let round = 0; round < 9; round++) {
      const calls = Array.from({ length: 20_000 }, (_, at) => ({
        ...callOf(promptOf(10), NO_ROUTE, String(at)),
        candidates: targets,
      }));
      const start = performance.now();
      for (const call of calls) handler(call);
      rounds.push(((performance.now() - start) * 1e6) / calls.length);
    }
    return rounds.toSorted((a, b) => a - b)[4] ?? 0;
  };
  return { alone: time(next), staged: time(stage) };
}

console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, ${CALLS} decisions a line\n`,
);
console.log(
  '| strategy | candidates | prompt, bytes | p50 ms | p99 ms | p99.9 ms | CPU p50 ms | CPU p99 ms |\n|---|--:|--:|--:|--:|--:|--:|--:|',
);
for (const strategy of STRATEGIES)
  for (const [count, bytes] of [
    [2, 2_000],
    [5, 2_000],
    [20, 2_000],
    [5, 200_000],
    [20, 200_000],
  ] as const)
    console.log(await decisions(count, bytes, strategy));
const { alone, staged } = inOrderNs();
console.log(`\nin-order, one candidate: ${(staged - alone).toFixed(0)} ns a call, its decision included`);
