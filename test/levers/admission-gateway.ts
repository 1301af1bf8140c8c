import OpenAI from 'openai';
import type { AdmissionSettings, BudgetRule, RateRule } from '../../src/core/admission.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Counters } from '../../src/core/counters.ts';
import { picoFromUsd } from '../../src/core/money.ts';
import { usageOf } from '../../src/core/usage.ts';
import { scenarioOf } from '../../src/demo/provider/scenario.ts';
import { Admission, type SpentBefore } from '../../src/policy/admit/index.ts';
import { localCounters } from '../../src/shared/counters/index.ts';
import type { FakeProvider } from '../fakes/index.ts';
import { type Harness, type HarnessOptions, startHarness } from '../harness.ts';
import { openAiClient } from '../sdk/drivers/openai-client.ts';
import { silentLog } from '../services/silent-log.ts';

/** Dollars for a million tokens: the answers of the fake providers cost 40 × 100 + 10 × 1,000 of them, $0.014. */
export const PRICES: NonNullable<HarnessOptions['prices']> = {
  rules: [
    { match: '*/gpt-4o-mini', rates: { input: '1', output: '10' }, discount: null },
    { match: '*', rates: { input: '100', output: '1000' }, discount: null },
  ],
};
export const USAGE = usageOf({ input: 40, output: 10 });
export const COST_USD = '0.014000';
export const MAX = { max_tokens: 20 };

export const BUDGET: BudgetRule = {
  name: 'everything',
  by: 'all',
  only: null,
  limitUsd: '1',
  window: { kind: 'fixed', unit: 'month' },
  degradeTo: null,
  degradeLimitUsd: null,
  unpriced: 'refuse',
  assumedUsd: '0.01',
  sharedDown: 'closed',
};
export const RATE: RateRule = {
  name: 'everyone',
  by: 'all',
  only: null,
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrency: null,
  sharedDown: 'closed',
};

/** Has the providers answer with `Hello.`, and the usage above. */
export function answerHello(...fakes: readonly FakeProvider[]): void {
  for (const fake of fakes) {
    fake.reset();
    fake.script((asked) => scenarioOf(asked, { text: ['Hello.'], usage: USAGE, serviceTier: null }));
  }
}

export async function startLimited(
  admission: Partial<AdmissionSettings>,
  {
    counters = localCounters(),
    spent = [],
    services,
    ...options
  }: Pick<HarnessOptions, 'providers'> &
    Partial<HarnessOptions> & {
      counters?: Counters;
      spent?: readonly SpentBefore[];
    },
): Promise<Harness> {
  const settings: AdmissionSettings = { budgets: [], rateLimits: [], assumedOutputTokens: 50, ...admission };
  const keeper = new Admission({
    settings: () => settings,
    counters,
    spent: async () => spent,
    totals: null,
    clock: systemClock,
    log: silentLog,
  });
  const gateway = await startHarness({
    models: { fast: ['openai/gpt-4o-mini'], smart: ['openai/gpt-4o'] },
    prices: PRICES,
    admission: settings,
    services: { admission: keeper, observers: [(record) => keeper.observe(record)], ...services },
    ...options,
  });
  return {
    ...gateway,
    close: async () => {
      await gateway.close();
      keeper.close();
    },
  };
}

export async function ask(gateway: Harness, change: object = {}, key = 'sk-test') {
  return await openAiClient({ origin: gateway.url, key })
    .chat.completions.create({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'Hello?' }],
      ...MAX,
      ...change,
    } as OpenAI.ChatCompletionCreateParamsNonStreaming)
    .withResponse();
}

export async function refused(asked: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const error: unknown = await asked.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof OpenAI.APIError) return error;
  throw new Error('was not refused', { cause: error });
}

export function total(...gateways: readonly Harness[]): bigint {
  return gateways
    .flatMap(({ rows }) => rows)
    .reduce((sum, { costUsd }) => sum + picoFromUsd(costUsd ?? '0'), 0n);
}
