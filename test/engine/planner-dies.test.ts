import { Redis } from 'ioredis';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { REDIS, type RedisService, startRedis } from '../services/redis.ts';
import { chainAnswer, chainPrompt } from './chain.ts';
import {
  ask,
  createProcesses,
  disturbed,
  type EngineProcess,
  type LenderProcess,
  SOON,
  until,
  untilLenders,
} from './processes.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const OWN_BLOCKS = 2;
const LENDER_BLOCKS = 12;
const PROMPT_BLOCKS = 8;
const processes = createProcesses();
let redis: RedisService | null = null;

afterEach(async () => {
  await processes.endAll();
  await redis?.kill();
  redis = null;
});
afterAll(() => processes.remove());

interface Cluster {
  /** The one that is gManager. */
  readonly planner: EngineProcess;
  readonly engine: EngineProcess;
  readonly lender: LenderProcess;
}

async function cluster(env: Record<string, string> = {}): Promise<Cluster> {
  const first = await processes.engine({ blocks: OWN_BLOCKS, env });
  const second = await processes.engine({ blocks: OWN_BLOCKS, env, more: ['--join', first.address] });
  const lender = await processes.lender(first.address, { blocks: LENDER_BLOCKS, env });
  for (const each of [first, second]) await untilLenders(each, 1);
  // On a busy machine the first may have lost the place that it had.
  return await vi.waitFor(async () => {
    const [planning, other] = [await isPlanner(first), await isPlanner(second)];
    expect(planning).not.toBe(other);
    return planning ? { planner: first, engine: second, lender } : { planner: second, engine: first, lender };
  }, SOON);
}

async function isPlanner(engine: EngineProcess): Promise<boolean> {
  const { instances } = await engine.status();
  return instances.some(({ self, planner }) => self && planner);
}

async function answersDespite(engine: EngineProcess, seed: number, disturb: () => void): Promise<void> {
  const chain = chainPrompt(PROMPT_BLOCKS, seed);
  const question = { prompt: chain.prompt, maxTokens: 200 };
  expect(await disturbed(engine, () => question, disturb)).toEqual(chainAnswer(chain, 200));
}

/** Right only with blocks that a gManager has planned for. */
async function borrowsAnew(engine: EngineProcess, seed: number): Promise<void> {
  const chain = chainPrompt(PROMPT_BLOCKS + 2, seed);
  expect(await ask(engine, chain.prompt, 30)).toEqual(chainAnswer(chain, 30));
}

describe(`when the gManager is killed in the middle of an answer${REDIS.note}`, () => {
  it('the answer is the same, another one takes its place, and blocks are borrowed again', async () => {
    const { planner, engine } = await cluster();
    await answersDespite(engine, 1, () => planner.process.kill('SIGKILL'));
    await until(engine, ({ instances }) => instances.some((each) => each.planner && each.alive));
    await borrowsAnew(engine, 2);
  });

  it.runIf(REDIS.available)('so it is with its place in Redis, and without Redis as well', async () => {
    redis = await startRedis();
    const { planner, engine } = await cluster({ INFINITE_LLM_ENGINE_REDIS: redis.url });
    const place = redis;
    await vi.waitFor(async () => expect(await holder(place)).toBe(selfOf(await planner.status())), SOON);
    await answersDespite(engine, 3, () => planner.process.kill('SIGKILL'));
    await vi.waitFor(async () => {
      const { instances } = await engine.status();
      const others = instances.filter(({ alive }) => alive).map(({ id }) => id);
      expect(others).toContain(await holder(place));
    }, SOON);
    await borrowsAnew(engine, 4);
    await redis.kill();
    redis = null;
    await borrowsAnew(engine, 5);
  });
});

function selfOf({ instances }: Awaited<ReturnType<EngineProcess['status']>>): string | undefined {
  return instances.find(({ self }) => self)?.id;
}

/** Who has the gManager's place. */
async function holder({ url }: RedisService): Promise<string | null> {
  const client = new Redis(url);
  try {
    const [key = ''] = await client.keys('infinite-llm:gmanager:*');
    return await client.get(key);
  } finally {
    client.disconnect();
  }
}
