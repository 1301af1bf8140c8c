import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answer, endpointsOf } from '../provider/api.ts';
import type { ProviderApi } from '../provider/api.ts';
import { seededRandom } from '../provider/words.ts';
import { createWorld } from '../provider/world.ts';
import { WORKLOADS } from '../workloads.ts';
import { startDemoTraffic } from './traffic.ts';
import { drawWireCall } from './wire-call.ts';

const API: Readonly<Record<string, ProviderApi>> = {
  'openai-chat': 'openai',
  'openai-responses': 'openai',
  anthropic: 'anthropic',
  gemini: 'google',
};

const KEYS = { authorization: 'Bearer key', 'x-api-key': 'key', 'x-goog-api-key': 'key' };

describe('the calls of the demonstration', () => {
  it.each(WORKLOADS)('of $feature are valid in their wire format', (workload) => {
    const draw = seededRandom(workload.feature);
    for (let round = 0; round < 5; round++) {
      const { path, headers, body } = drawWireCall(workload, draw);
      // The gateway resolves names such as provider/model; the provider itself is asked for the bare model.
      const [, model = 'model'] = workload.requestedModel.split('/');
      const url = new URL(path.replace(workload.requestedModel, model), 'http://gateway');
      const { status, chunks } = answer(
        endpointsOf(API[workload.dialect]!, []),
        {
          method: 'POST',
          path: url.pathname,
          query: url.searchParams,
          headers: { ...headers, ...KEYS },
          body: Buffer.from(JSON.stringify('model' in body ? { ...body, model } : body)),
        },
        createWorld(),
      );
      expect([status, status === 200 ? '' : chunks.join('')]).toEqual([200, '']);
      expect(headers['x-illm-tags']).toContain(`feature=${workload.feature}`);
    }
  });
});

describe('startDemoTraffic', () => {
  const asked: string[] = [];
  const gateway = createServer((request, response) => {
    asked.push(request.url ?? '');
    request.resume().on('end', () => response.end('{}'));
  });
  let baseUrl = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    baseUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  });
  afterAll(() => gateway.close());

  it('calls in several wire formats until it is stopped', async () => {
    const stop = startDemoTraffic({ baseUrl, seed: 'test', perSecond: 200 });
    await expect.poll(() => new Set(asked).size, { timeout: 10_000 }).toBeGreaterThan(3);
    await stop();
    // What was on its way may still arrive.
    await pause(200);
    const before = asked.length;
    await pause(100);
    expect(asked.length).toBe(before);
  });

  it('outlives a gateway that is gone', async () => {
    const stop = startDemoTraffic({ baseUrl: 'http://127.0.0.1:9', seed: 'test', perSecond: 100 });
    await pause(100);
    await expect(stop()).resolves.toBeUndefined();
  });
});
