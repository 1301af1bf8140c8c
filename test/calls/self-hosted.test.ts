import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { picoFromUsd } from '../../src/core/money.ts';
import { type FakeProvider, startFakeProvider } from '../fakes/index.ts';
import { type Harness, startHarness } from '../harness.ts';
import { chat } from '../http.ts';

let vllm: FakeProvider;
let gateway: Harness;

beforeAll(async () => {
  vllm = await startFakeProvider({ api: 'openai-compatible' });
});
afterAll(() => vllm.close());
beforeEach(async () => {
  vllm.reset();
  gateway = await startHarness({
    providers: {
      vllm: {
        kind: 'openai-compatible',
        baseUrl: vllm.baseUrl,
        gpu: { hourlyUsd: '3.00', count: 4, prefillWeight: 4 },
      },
    },
  });
});
afterEach(() => gateway.close());

const ask = () => chat(gateway.url, { model: 'vllm/llama-3.3-70b-instruct' });

describe('a model on machines of our own', () => {
  it('costs its share of the time that they were busy', async () => {
    vllm.failNext({ kind: 'slow', headMs: 120 });
    const reply = await ask();
    expect([reply.status, reply.text]).toEqual([200, expect.any(String)]);
    const row = await gateway.row();
    expect(row).toMatchObject({
      unpriced: false,
      priceVersion: 'gpu',
      costParts: [{ kind: 'gpu', per: 'hour' }],
    });
    // 4 GPUs at $3 an hour: $0.00000333 a millisecond.
    const busyMs = (Number(picoFromUsd(row.costUsd ?? '0')) / Number(picoFromUsd('12'))) * 3_600_000;
    expect(busyMs).toBeGreaterThan(115);
    expect(busyMs).toBeLessThanOrEqual(row.totalMs);
    expect(reply.headers.get('x-illm-cost-usd')).toBe(row.costUsd);
  });

  it('is paid once, however many calls share the machine', async () => {
    vllm.failNext(...Array.from({ length: 5 }, () => ({ kind: 'slow', headMs: 150 }) as const));
    await Promise.all(Array.from({ length: 5 }, ask));
    const [machine] = gateway.gateway.machines.snapshot();
    const paid = gateway.rows.reduce((sum, row) => sum + picoFromUsd(row.costUsd ?? '0'), 0n);
    const busy = machine?.snapshot.busyCost ?? 0n;
    const off = paid > busy ? paid - busy : busy - paid;
    expect(off).toBeLessThanOrEqual(5n);
    expect(machine?.snapshot.inFlight).toBe(0);
    expect(machine?.snapshot.idleMs).toBeGreaterThan(0);
  });

  it('costs what it took even when the call failed', async () => {
    vllm.failNext({ kind: 'slow', headMs: 50 }, { kind: 'status', status: 400 });
    await ask();
    vllm.reset();
    vllm.failNext({ kind: 'status', status: 400 });
    const reply = await ask();
    expect(reply.status).toBe(400);
    expect(Number((await gateway.row(2)).costUsd)).toBeGreaterThan(0);
  });
});
