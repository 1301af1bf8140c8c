import { describe, expect, it } from 'vitest';
import { Secret } from '../../core/secret.ts';
import { about, machineList } from '../schemas/about.ts';
import { get, openApi } from '../testing/ask.contract.ts';
import { ABOUT } from '../testing/fake-deps.contract.ts';

describe('GET /api/v1/about', () => {
  it('tells everything while no key is needed', async () => {
    const { body } = await get(await openApi(), '/api/v1/about');
    expect(about.strict().parse(body)).toEqual(ABOUT);
  });

  it('tells strangers only its public part once one is', async () => {
    const app = await openApi({ adminKey: new Secret('sk-illm-root') });
    const { status, body } = await get(app, '/api/v1/about');
    expect(status).toBe(200);
    expect(body).toEqual({ name: 'infinite-llm', version: '1.2.3', demo: false, auth: { required: true } });
    const whole = await get(app, '/api/v1/about', { authorization: 'Bearer sk-illm-root' });
    expect(whole.body).toEqual({ ...ABOUT, auth: { required: true } });
  });
});

it('GET /api/v1/machines tells what machines cost', async () => {
  const machine = {
    provider: 'our-vllm',
    hourlyUsd: '12.000000',
    gpus: 4,
    since: '2026-11-24T09:00:00.000Z',
    busyMs: 1000,
    idleMs: 3000,
    busyCostUsd: '0.003333',
    idleCostUsd: '0.01',
    idleShare: 0.75,
  };
  const { body } = await get(await openApi({ machines: async () => [machine] }), '/api/v1/machines');
  expect(machineList.parse(body)).toEqual({ machines: [machine] });
});

describe('health', () => {
  it('is alive whatever else is wrong', async () => {
    const app = await openApi({ unready: () => ['the store is not reachable'] });
    expect((await get(app, '/healthz')).status).toBe(200);
    const { status, body } = await get(app, '/readyz');
    expect(status).toBe(503);
    expect(body).toEqual({ ready: false, reasons: ['the store is not reachable'] });
  });

  it('is ready, and open without a key', async () => {
    const app = await openApi({ adminKey: new Secret('sk-illm-root') });
    expect(await get(app, '/readyz')).toMatchObject({ status: 200, body: { ready: true, reasons: [] } });
    const metrics = await get(app, '/metrics');
    expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(metrics.body).toContain('illm_calls_total');
  });
});
