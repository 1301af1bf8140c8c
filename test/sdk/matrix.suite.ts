import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { CallRecord } from '../../src/core/record.ts';
import { createHold } from '../fakes/index.ts';
import type { Ask, FakeProvider } from '../fakes/index.ts';
import { gateway } from './shared-gateway.ts';
import { CALLS, RESULTS, SAID, SCHEMA, scriptFor, TOOLS, USED } from './cases.ts';
import type { Connection } from './driver.ts';
import { CLIENTS } from './drivers/index.ts';
import { TARGETS } from './targets.ts';

/** Every official client against every provider, through a whole gateway. */
describe.each(CLIENTS)('$name', (client) => {
  describe.each(TARGETS)('to $api', ({ api, alias, provider, model, costUsd }) => {
    let fake: FakeProvider;
    let test: string;
    let asks: Ask[];
    beforeEach(() => {
      test = randomUUID();
      asks = [];
      fake = gateway.providers[api];
      const script = scriptFor(api);
      fake.script((ask) => {
        asks.push(ask);
        return script(ask);
      });
    });

    const to = (): Connection => ({
      origin: gateway.origin,
      key: 'a-key-of-the-client',
      headers: { 'x-illm-tags': `test=${test}` },
    });
    const question = (text: string) => ({ model: alias, text, system: 'Be kind.' });
    const rows = (count = 1): Promise<readonly CallRecord[]> => gateway.calls({ tag: `test:${test}` }, count);

    /** What the ledger must say of a call that went well. */
    const booked = {
      status: 'ok',
      httpStatus: 200,
      errorCode: null,
      dialect: client.dialect,
      operation: 'generate',
      requestedModel: alias,
      target: { provider, model },
      attempts: 1,
      usage: USED[api],
      usageSource: 'provider',
      costUsd,
      unpriced: costUsd === null,
    };

    it('plain', async () => {
      const reply = await client.plain(to(), question('please greet me'));
      expect(reply.text).toBe(SAID);
      expect(reply.finish).toBe(client.finish.stop);
      expect(reply.usage).toMatchObject(client.usage(USED[api]));
      expect(asks).toMatchObject([{ model, systemText: 'Be kind.', lastUserText: 'please greet me' }]);
      expect(await rows()).toMatchObject([
        { ...booked, stream: false, finishReason: 'stop', tags: { test }, ttftMs: null },
      ]);
    });

    it('cut short', async () => {
      const reply = await client.plain(to(), { ...question('be cut short'), maxTokens: 16 });
      expect(reply.finish).toBe(client.finish.length);
      expect(asks[0]?.maxTokens).toBe(16);
      expect(await rows()).toMatchObject([{ ...booked, finishReason: 'length' }]);
    });

    it('streamed', async () => {
      const reply = await client.streamed(to(), question('please greet me'));
      expect(reply.text).toBe(SAID);
      expect(reply.pieces).toBeGreaterThan(3);
      expect(reply.finish).toBe(client.finish.stop);
      expect(reply.usage).toMatchObject(client.usage(USED[api]));
      expect(await rows()).toMatchObject([{ ...booked, stream: true, finishReason: 'stop' }]);
    });

    it.each([false, true])('tools, streamed: %s', async (stream) => {
      const run = ({ name }: { name: string }): string => RESULTS[name]!;
      const { asked, answered } = await client.toolRound(to(), question('use the tools'), TOOLS, run, stream);
      expect(asked.calls).toEqual(CALLS);
      expect(asked.finish).toBe(client.finish['tool-calls']);
      expect(answered.text).toBe('I heard: rain, 7 °C and 12:34');
      expect(answered.finish).toBe(client.finish.stop);
      expect(asks[0]?.tools.map(({ name }) => name)).toEqual(TOOLS.map(({ name }) => name));
      const booking = { ...booked, stream };
      expect(await rows(2)).toMatchObject([
        { ...booking, finishReason: 'stop' },
        { ...booking, finishReason: 'tool-calls' },
      ]);
    });

    it('structured output', async () => {
      const reply = await client.structured(to(), question('describe something'), SCHEMA);
      z.fromJSONSchema(SCHEMA).parse(JSON.parse(reply.text));
      expect(await rows()).toMatchObject([booked]);
    });

    it('an image', async () => {
      const image = { mediaType: 'image/png' as const, base64: 'iVBORw0KGgo=' };
      const reply = await client.plain(to(), { ...question('please greet me'), image });
      expect(reply.text).toBe(SAID);
      expect(asks[0]?.images).toBe(1);
      expect(fake.requests[0]?.body.toString()).toContain(image.base64);
    });

    it('a refusal of the provider', async () => {
      fake.failNext({ kind: 'status', status: 400 });
      const refused = await client.failure(to(), question('hi'));
      expect(refused).toMatchObject({ status: 400, typed: true });
      expect(refused.message).toContain('simulated error 400');
      expect(await rows()).toMatchObject([
        { status: 'error', httpStatus: 400, errorCode: 'invalid_request', costUsd: '0.000000' },
      ]);
    });

    it('an unknown model at the provider', async () => {
      const unknown = await client.failure(to(), { ...question('hi'), model: `${provider}/no-such-model` });
      expect(unknown).toMatchObject({ status: 404, typed: true });
      expect(unknown.message).toContain('no-such-model');
      expect(await rows()).toMatchObject([{ status: 'error', errorCode: 'model_not_found' }]);
    });

    it('a client that leaves, while the answer still comes', async () => {
      const hold = createHold();
      fake.failNext({ kind: 'hold', hold });
      hold.release(8);
      expect(await client.abort(to(), question('please greet me'))).toBeGreaterThan(0);
      // By now the gateway knows, and reads on for the usage.
      await pause(100);
      hold.releaseAll();
      expect(await rows()).toMatchObject([
        { ...booked, status: 'aborted', httpStatus: 499, errorCode: 'client_aborted' },
      ]);
    });

    it('a client that leaves, and an answer that stalls', async () => {
      fake.failNext({ kind: 'stall', afterChunks: 7 });
      expect(await client.abort(to(), question('please greet me'))).toBeGreaterThan(0);
      const [row] = await rows();
      expect(row).toMatchObject({ status: 'aborted', usageSource: 'estimated', unpriced: costUsd === null });
      expect(row!.usage.input).toBeGreaterThan(0);
      expect(row!.usage.output).toBeGreaterThan(0);
      await expect.poll(() => fake.requests[0]?.aborted).toBe(true);
    });
  });
});
