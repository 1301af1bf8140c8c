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
  /** The first process of all, and so the gManager. */
  readonly planner: EngineProcess;
  readonly engine: EngineProcess;
  readonly lender: LenderProcess;
}

async function cluster(env: Record<string, string> = {}): Promise<Cluster> {
  const planner = await processes.engine({ blocks: OWN_BLOCKS, env });
  await untilPlanner(planner, true);
  const more = ['--join', planner.address];
  const engine = await processes.engine({ blocks: OWN_BLOCKS, env, more });
  const lender = await processes.lender(planner.address, { blocks: LENDER_BLOCKS, env });
  for (const each of [planner, engine]) await untilLenders(each, 1);
  await untilPlanner(engine, false);
  return { planner, engine, lender };
}

async function untilPlanner(engine: EngineProcess, isIt: boolean): Promise<void> {
  await until(
    engine,
    ({ instances }) =>
      instances.find(({ self }) => self)?.planner === isIt &&
      instances.filter(({ planner }) => planner).length === 1,
  );
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
    expect(await holder(redis)).toBe(selfOf(await planner.status()));
    await answersDespite(engine, 3, () => planner.process.kill('SIGKILL'));
    const service = redis;
    await vi.waitFor(async () => {
      const { instances } = await engine.status();
      const others = instances.filter(({ alive }) => alive).map(({ id }) => id);
      expect(others).toContain(await holder(service));
    }, 60_000);
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
