import { isObject, type JsonObject } from '../../core/json.ts';
import type { BatchApi, NewRemoteBatch, RemoteBatch, RemoteResult } from './batch-api.ts';
import { idOf, jsonBody, listOf, readLines, readObject, textOf } from './read.ts';

const MARK = 'infinite_llm_submission';
const PAGE = 100;
const MOST_PAGES = 50;
/** The provider's clock may be behind ours. */
const SKEW_MS = 300_000;

/** https://developers.openai.com/api/docs/guides/batch: a file of calls of one model, and a batch of it. */
export const openaiBatches: BatchApi = {
  operations: ['generate', 'embed'],
  mostEntries: 50_000,
  async submit(http, batch) {
    const file = idOf(await readObject(http({ method: 'POST', path: '/v1/files', ...uploadOf(batch) })));
    const created = await readObject(
      http({
        method: 'POST',
        path: '/v1/batches',
        ...jsonBody({
          input_file_id: file,
          endpoint: batch.endpoint,
          completion_window: '24h',
          metadata: { [MARK]: batch.mark },
        }),
      }),
    );
    return idOf(created);
  },
  async find(http, mark, _count, since) {
    let after = '';
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const list = await readObject(
        http({ method: 'GET', path: `/v1/batches?limit=${PAGE}${after && `&after=${after}`}` }),
      );
      const batches = listOf(list['data']);
      const found = batches.find(({ metadata }) => isObject(metadata) && metadata[MARK] === mark);
      if (found) return [{ batch: batchOf(found), certain: true }];
      const last = batches.at(-1);
      if (!last || list['has_more'] !== true || Number(last['created_at']) * 1000 < since - SKEW_MS)
        return [];
      after = idOf(last);
    }
    return [];
  },
  status: async (http, id) => batchOf(await readObject(http({ method: 'GET', path: `/v1/batches/${id}` }))),
  async *results(http, { results }) {
    for (const file of results)
      for await (const line of readLines(http({ method: 'GET', path: `/v1/files/${file}/content` })))
        yield resultOf(line);
  },
  async cancel(http, id) {
    await readObject(http({ method: 'POST', path: `/v1/batches/${id}/cancel` }));
  },
  async forget(http, { files }) {
    for (const file of files) await readObject(http({ method: 'DELETE', path: `/v1/files/${file}` }));
  },
};

function uploadOf({ mark, endpoint, entries }: NewRemoteBatch): { contentType: string; body: Uint8Array } {
  const boundary = `infinite-llm-${mark}`;
  const field = (name: string, more = ''): string =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n`;
  const lines = entries.map(({ customId, body }) =>
    JSON.stringify({ custom_id: customId, method: 'POST', url: endpoint, body }),
  );
  const file = field('file', `; filename="${mark}.jsonl"`);
  const text = `${field('purpose')}\r\nbatch\r\n${file}content-type: application/jsonl\r\n\r\n${lines.join('\n')}\n\r\n--${boundary}--\r\n`;
  return { contentType: `multipart/form-data; boundary=${boundary}`, body: Buffer.from(text) };
}

function batchOf(batch: JsonObject): RemoteBatch {
  const status = textOf(batch['status']);
  const results = [batch['output_file_id'], batch['error_file_id']].map(textOf).filter((id) => id !== '');
  const { errors } = batch;
  const problems = isObject(errors) ? listOf(errors['data']).map(({ message }) => textOf(message)) : [];
  return {
    id: idOf(batch),
    state: status === 'failed' ? 'failed' : ENDED.has(status) ? 'ended' : 'running',
    why: problems.slice(0, 3).join(' '),
    files: [...results, textOf(batch['input_file_id'])].filter((id) => id !== ''),
    results,
  };
}

const ENDED: ReadonlySet<string> = new Set(['completed', 'expired', 'cancelled']);

function resultOf(line: JsonObject): RemoteResult {
  const customId = textOf(line['custom_id']);
  const { response, error } = line;
  if (isObject(response) && isObject(response['body'])) {
    const status = Number(response['status_code']);
    const { body } = response;
    if (status >= 200 && status < 300) return { kind: 'answered', customId, body };
    return { kind: 'refused', customId, status: status >= 400 && status < 600 ? status : 500, body };
  }
  const told = isObject(error) ? error : {};
  return {
    kind: 'dropped',
    customId,
    code: textOf(told['code']) || 'batch_failed',
    message: textOf(told['message']) || 'The provider gave no answer to this call of the batch.',
  };
}
