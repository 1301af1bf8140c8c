import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRig, type Rig } from './engine-rig.contract.ts';
import { fakeEngine } from './fake-engine.contract.ts';

const PATHS = ['/v1/chat/completions', '/v1/completions'];
const NAMES =
  `model messages prompt stream stream_options n seed stop temperature top_p top_k min_p max_tokens
  logprobs top_logprobs tools tool_choice response_format echo user __proto__ constructor logit_bias ignore_eos
  best_of`.split(/\s+/);

let rig: Rig;
beforeAll(async () => {
  rig = await openRig(fakeEngine({ answer: () => 'ok' }), { mostBodyBytes: 4_000_000 });
});
afterAll(async () => await rig.close());

async function post(path: string, body: string | Uint8Array<ArrayBuffer>): Promise<number> {
  const answer = await fetch(rig.url + path, { method: 'POST', body });
  const text = await answer.text();
  if (answer.status !== 200) {
    const told = JSON.parse(text) as { error: { message: unknown; type: unknown } };
    expect(typeof told.error.message).toBe('string');
    expect(typeof told.error.type).toBe('string');
  }
  return answer.status;
}

describe('a body of any kind', () => {
  it('is answered or refused in words, never failed on', async () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom<unknown>('fake', 1, 0, true, [1, 2], 'text', [{ role: 'user', content: 'x' }]),
    );
    const body = fc.dictionary(fc.constantFrom(...NAMES), value, { noNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...PATHS), body, async (path, made) => {
        const likely = { model: 'fake', messages: [{ role: 'user', content: 'x' }], ...made };
        for (const sent of [made, likely])
          expect([200, 400, 404]).toContain(await post(path, JSON.stringify(sent)));
      }),
      { numRuns: 150 },
    );
  });

  it('is refused when it is no JSON object', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array(),
          fc.constantFrom(...['null', '[]', '"x"', '{"a":'].map((text) => new TextEncoder().encode(text))),
        ),
        async (bytes) => {
          expect(await post('/v1/completions', new Uint8Array(bytes))).toBe(400);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is refused when it is nested without end, or too large', async () => {
    const nested = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
    expect(await post('/v1/completions', `{"prompt":${nested}}`)).toBe(400);
    expect(await post('/v1/completions', `{"prompt":"${'x'.repeat(4_000_000)}"}`)).toBe(413);
    const answer = await fetch(`${rig.url}/v1/completions`, {
      method: 'POST',
      headers: { 'content-encoding': 'gzip' },
      body: 'x',
    });
    expect(answer.status).toBe(415);
  });
});
