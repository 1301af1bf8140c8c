import { CallError } from '../../core/errors.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { BatchApi, BatchHttp, RemoteBatch, RemoteResult } from './batch-api.ts';
import { jsonBody, listOf, readObject, textOf } from './read.ts';

const BATCHES = '/v1beta/batches';
const PAGE = 100;
const MOST_PAGES = 50;
/** The provider's clock may be behind ours. */
const SKEW_MS = 300_000;
/** A batch's answers come within it. */
const MOST_ANSWER_BYTES = 256 * 1024 * 1024;

/** google.rpc.Code: what a call that was refused would have been answered with by itself. */
const STATUS: Readonly<Record<number, readonly [status: number, name: string]>> = {
  3: [400, 'INVALID_ARGUMENT'],
  4: [504, 'DEADLINE_EXCEEDED'],
  5: [404, 'NOT_FOUND'],
  7: [403, 'PERMISSION_DENIED'],
  8: [429, 'RESOURCE_EXHAUSTED'],
  9: [400, 'FAILED_PRECONDITION'],
  11: [400, 'OUT_OF_RANGE'],
  13: [500, 'INTERNAL'],
  14: [503, 'UNAVAILABLE'],
  16: [401, 'UNAUTHENTICATED'],
};
const CANCELLED = 1;

/**
 * https://ai.google.dev/api/batch-api: requests within the batch, which bears our mark as its name for people. Answers are
 * known by the key that we gave to each request, never by their place.
 */
export const geminiBatches: BatchApi = {
  operations: ['generate'],
  mostEntries: 50_000,
  // Those within a batch are for less than 20 MB; larger ones would have to be files.
  mostBytes: 19_000_000,
  async submit(http, { mark, endpoint, entries }) {
    const requests = entries.map(({ customId, body }) => ({ request: body, metadata: { key: customId } }));
    const batch = { displayName: mark, inputConfig: { requests: { requests } } };
    const path = endpoint.replace(/:generateContent$/, ':batchGenerateContent');
    return nameOf(await readObject(http({ method: 'POST', path, ...jsonBody({ batch }) })));
  },
  async find(http, mark, _count, since) {
    let token = '';
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const path = `${BATCHES}?pageSize=${PAGE}${token && `&pageToken=${encodeURIComponent(token)}`}`;
      const list = await readObject(http({ method: 'GET', path }), MOST_ANSWER_BYTES);
      const operations = listOf(list['operations']);
      const found = operations.find((each) => textOf(metadataOf(each)['displayName']) === mark);
      if (found) return [{ batch: batchOf(found), certain: true }];
      const last = operations.at(-1);
      token = textOf(list['nextPageToken']);
      if (!last || token === '' || createdAt(last) < since - SKEW_MS) return [];
    }
    return [];
  },
  status: async (http, id) => batchOf(await operation(http, id)),
  async *results(http, { id }) {
    for (const answer of answersIn(await operation(http, id))) yield resultOf(answer);
  },
  async cancel(http, id) {
    await readObject(http({ method: 'POST', path: `${BATCHES}/${id}:cancel`, ...jsonBody({}) }));
  },
  async forget(http, { id }) {
    await readObject(http({ method: 'DELETE', path: `${BATCHES}/${id}` }));
  },
};

async function operation(http: BatchHttp, id: string): Promise<JsonObject> {
  return await readObject(http({ method: 'GET', path: `${BATCHES}/${id}` }), MOST_ANSWER_BYTES);
}

/** @throws CallError `upstream_garbage` */
function nameOf({ name }: JsonObject): string {
  const [, id] = /^batches\/([A-Za-z0-9_-]{1,200})$/.exec(textOf(name)) ?? [];
  if (id !== undefined) return id;
  throw new CallError('upstream_garbage', 'What the provider told of a batch has no name.');
}

function metadataOf({ metadata }: JsonObject): JsonObject {
  return isObject(metadata) ? metadata : {};
}

function createdAt(each: JsonObject): number {
  return Date.parse(textOf(metadataOf(each)['createTime']));
}

function batchOf(each: JsonObject): RemoteBatch {
  const state = textOf(metadataOf(each)['state']).replace(/^(BATCH|JOB)_STATE_/, '');
  const { error } = each;
  // One that failed with answers was not refused as a whole.
  const failed = state === 'FAILED' && answersIn(each).length === 0;
  return {
    id: nameOf(each),
    state: failed ? 'failed' : ENDED.has(state) ? 'ended' : 'running',
    why: failed && isObject(error) ? textOf(error['message']) : '',
    files: [],
    results: [],
  };
}

const ENDED: ReadonlySet<string> = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED', 'EXPIRED']);

/** The reference has a list within an object; the list itself was seen as well. */
function answersIn({ metadata, response }: JsonObject): readonly JsonObject[] {
  const output = isObject(metadata) ? metadata['output'] : undefined;
  for (const place of [response, output]) {
    if (!isObject(place)) continue;
    const inlined: Json | undefined = place['inlinedResponses'];
    const answers = listOf(isObject(inlined) ? inlined['inlinedResponses'] : inlined);
    if (answers.length > 0) return answers;
  }
  return [];
}

function resultOf({ metadata, response, error }: JsonObject): RemoteResult {
  const customId = isObject(metadata) ? textOf(metadata['key']) : '';
  if (isObject(response)) return { kind: 'answered', customId, body: response };
  const told = isObject(error) ? error : {};
  const message = textOf(told['message']) || 'The provider gave no answer to this call of the batch.';
  if (!isObject(error) || told['code'] === CANCELLED)
    return { kind: 'dropped', customId, code: isObject(error) ? 'batch_cancelled' : 'batch_failed', message };
  const [status, name] = STATUS[Number(told['code'])] ?? [500, 'INTERNAL'];
  return { kind: 'refused', customId, status, body: { error: { code: status, status: name, message } } };
}
