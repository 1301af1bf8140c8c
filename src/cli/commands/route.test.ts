import { describe, expect, it } from 'vitest';
import type { RouteModel } from '../../api/index.ts';
import { runCommand } from '../testing/run.contract.ts';

const MODEL: RouteModel = {
  target: 'openai/gpt-4o',
  inputUsd: '2.500000',
  outputUsd: '10.000000',
  ttftMs: { p50: 210.4, p95: 900, weight: 20 },
  totalMs: null,
  successRate: 0.995,
  outputTokens: 312.4,
  quality: [{ task: 'code', mean: 0.9, lower: 0.85, evidence: 100 }],
  state: 'ready',
};
const routing = {
  models: async () => [MODEL],
  experiments: async () => [
    {
      key: 'fast/trial#0badcafe',
      metric: 'success' as const,
      status: 'running' as const,
      startedAt: '2026-11-24T12:00:00.000Z',
      endedAt: null,
      a: { outcomes: 900, mean: 0.99 },
      b: { outcomes: 100, mean: 0.97, target: 'openai/gpt-4o-mini' },
      likelihoodRatio: 1.25,
      stopsAt: 20,
    },
  ],
  give: async () => undefined,
};

describe('route', () => {
  it('shows the model table', async () => {
    const { code, out } = await runCommand(['route', 'models'], { routing });
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "target            $ in/M     $ out/M  TTFT p50     p95  total p50  p95  success  output  quality (at least)    state
      openai/gpt-4o  $2.500000  $10.000000    210 ms  900 ms          –    –   99.5 %     312  code 90.0 % (85.0 %)  ready
      "
    `);
  });

  it('shows experiments', async () => {
    expect((await runCommand(['route', 'experiments'], { routing })).out).toMatchInlineSnapshot(`
      "experiment           metric   status     a    mean    b    mean    evidence  goes to
      fast/trial#0badcafe  success  running  900  0.9900  100  0.9700  1.25 of 20  openai/gpt-4o-mini
      "
    `);
  });

  it('prints JSON for programs', async () => {
    const { out } = await runCommand(['route', 'models', '--json'], { routing });
    expect(JSON.parse(out)).toEqual({ models: [MODEL] });
  });
});
