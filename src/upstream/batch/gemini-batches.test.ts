import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../core/json.ts';
import type { BatchHttp, RemoteResult } from './batch-api.ts';
import { geminiBatches } from './gemini-batches.ts';

const answering = (body: Json): BatchHttp =>
  async function* () {
    yield Buffer.from(JSON.stringify(body));
  };

const operation = (state: string, more: JsonObject = {}): JsonObject => ({
  name: 'batches/abc',
  metadata: { state },
  ...more,
});

async function resultsOf(response: JsonObject): Promise<RemoteResult[]> {
  const http = answering(operation('BATCH_STATE_SUCCEEDED', { response }));
  const batch = await geminiBatches.status(http, 'abc');
  const results: RemoteResult[] = [];
  for await (const result of geminiBatches.results(http, batch)) results.push(result);
  return results;
}

describe('batches at Gemini', () => {
  it('are told by their state, in either word for it', async () => {
    const stateOf = async (state: string, more: JsonObject = {}) =>
      (await geminiBatches.status(answering(operation(state, more)), 'abc')).state;
    expect(await stateOf('BATCH_STATE_PENDING')).toBe('running');
    expect(await stateOf('JOB_STATE_RUNNING')).toBe('running');
    expect(await stateOf('JOB_STATE_EXPIRED')).toBe('ended');
    expect(await stateOf('BATCH_STATE_FAILED')).toBe('failed');
    // What was answered was paid: it is not made once more.
    const some = { response: { inlinedResponses: [{ response: {}, metadata: { key: 'a' } }] } };
    expect(await stateOf('BATCH_STATE_FAILED', some)).toBe('ended');
  });

  it('give their answers by key, in either nesting, and errors as a call by itself would', async () => {
    const inlined = [
      { response: { candidates: [] }, metadata: { key: 'a' } },
      { error: { code: 8, message: 'Quota.' }, metadata: { key: 'b' } },
      { error: { code: 1, message: 'Cancelled.' }, metadata: { key: 'c' } },
      { metadata: { key: 'd' } },
    ];
    for (const inlinedResponses of [inlined, { inlinedResponses: inlined }])
      expect(await resultsOf({ inlinedResponses })).toMatchObject([
        { kind: 'answered', customId: 'a', body: { candidates: [] } },
        { kind: 'refused', customId: 'b', status: 429, body: { error: { status: 'RESOURCE_EXHAUSTED' } } },
        { kind: 'dropped', customId: 'c', code: 'batch_cancelled' },
        { kind: 'dropped', customId: 'd', code: 'batch_failed' },
      ]);
    expect(await resultsOf({})).toEqual([]);
  });

  it('must have a name', async () => {
    for (const name of [null, 'x', 'batches/../../files', 7])
      await expect(geminiBatches.status(answering({ name }), 'abc')).rejects.toMatchObject({
        code: 'upstream_garbage',
      });
  });
});
