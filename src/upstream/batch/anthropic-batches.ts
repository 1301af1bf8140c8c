import { isObject, type JsonObject } from '../../core/json.ts';
import type { BatchApi, Candidate, RemoteBatch, RemoteResult } from './batch-api.ts';
import { idOf, jsonBody, listOf, readLines, readObject, textOf } from './read.ts';

const BATCHES = '/v1/messages/batches';
const PAGE = 100;
const MOST_PAGES = 50;
/** The provider's clock may be behind ours. */
const SKEW_MS = 300_000;

const STATUS: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/**
 * https://platform.claude.com/docs/en/build-with-claude/batch-processing. A batch bears no mark of ours: one that was
 * perhaps sent is told by its time and size, and at last by the ids in its results.
 */
export const anthropicBatches: BatchApi = {
  operations: ['generate'],
  mostEntries: 100_000,
  async submit(http, { entries }) {
    const requests = entries.map(({ customId, body }) => ({ custom_id: customId, params: body }));
    return idOf(await readObject(http({ method: 'POST', path: BATCHES, ...jsonBody({ requests }) })));
  },
  async find(http, _mark, count, since) {
    const found: Candidate[] = [];
    let after = '';
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const list = await readObject(
        http({ method: 'GET', path: `${BATCHES}?limit=${PAGE}${after && `&after_id=${after}`}` }),
      );
      const batches = listOf(list['data']);
      for (const each of batches)
        if (!(createdAt(each) < since - SKEW_MS) && totalOf(each) === count)
          found.push({ batch: batchOf(each), certain: false });
      const last = batches.at(-1);
      if (!last || list['has_more'] !== true || createdAt(last) < since - SKEW_MS) break;
      after = idOf(last);
    }
    return found;
  },
  status: async (http, id) => batchOf(await readObject(http({ method: 'GET', path: `${BATCHES}/${id}` }))),
  async *results(http, { id }) {
    for await (const line of readLines(http({ method: 'GET', path: `${BATCHES}/${id}/results` })))
      yield resultOf(line);
  },
  async cancel(http, id) {
    await readObject(http({ method: 'POST', path: `${BATCHES}/${id}/cancel` }));
  },
  async forget(http, { id }) {
    await readObject(http({ method: 'DELETE', path: `${BATCHES}/${id}` }));
  },
};

function batchOf(batch: JsonObject): RemoteBatch {
  return {
    id: idOf(batch),
    state: batch['processing_status'] === 'ended' ? 'ended' : 'running',
    why: '',
    files: [],
    results: [],
  };
}

function createdAt(batch: JsonObject): number {
  return Date.parse(textOf(batch['created_at']));
}

function totalOf({ request_counts: counts }: JsonObject): number {
  if (!isObject(counts)) return -1;
  return Object.values(counts).reduce<number>((sum, count) => sum + Number(count), 0);
}

function resultOf(line: JsonObject): RemoteResult {
  const customId = textOf(line['custom_id']);
  const result = isObject(line['result']) ? line['result'] : {};
  const type = textOf(result['type']);
  if (type === 'succeeded' && isObject(result['message']))
    return { kind: 'answered', customId, body: result['message'] };
  if (type === 'errored' && isObject(result['error'])) {
    const inner = isObject(result['error']['error']) ? result['error']['error'] : {};
    const status = STATUS[textOf(inner['type'])] ?? 500;
    return { kind: 'refused', customId, status, body: result['error'] };
  }
  const code =
    type === 'expired' ? 'batch_expired' : type === 'canceled' ? 'batch_cancelled' : 'batch_failed';
  return {
    kind: 'dropped',
    customId,
    code,
    message: `The provider ended this call as "${type.slice(0, 40)}".`,
  };
}
