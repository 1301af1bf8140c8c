import type { IncomingMessage, ServerResponse } from 'node:http';
import { BATCH_ENDPOINTS, type BatchEndpoint, type BatchStore, type StoredFile } from '../../core/batch.ts';
import type { Caller } from '../../core/call.ts';
import { CallError } from '../../core/errors.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Clock } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import { newBatchId, newFileId } from '../../policy/batch/index.ts';
import { attribute } from '../caller.ts';
import { watchClient } from '../client.ts';
import { parseBody } from '../parse-body.ts';
import { readBody } from '../read-body.ts';
import { sendJson } from '../send.ts';
import { batchCaller, batchObject, fileObject, listObject, tenantOf } from './objects.ts';
import { readUpload } from './upload.ts';

export interface EndpointDeps {
  readonly store: BatchStore;
  readonly settings: () => Settings;
  readonly clock: Clock;
  /** Told of a batch that has something to do. */
  readonly changed: (id: string) => void;
}

interface Request {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly tenant: string;
  readonly caller: Caller;
  readonly query: URLSearchParams;
}

const WINDOW_MS = 86_400_000;
const MOST_BODY_BYTES = 256 * 1024;
const PATH = /^\/v1\/(files|batches)(?:\/([A-Za-z0-9_-]{1,100})(?:\/(content|cancel))?)?\/?$/;

/** Answers `/v1/files` and `/v1/batches` as OpenAI does, of what the caller's tenant has. @throws CallError */
export async function answerBatches(
  deps: EndpointDeps,
  { path, ...request }: Omit<Request, 'tenant' | 'query'> & { readonly path: string },
): Promise<void> {
  const { req, caller } = request;
  if (!deps.settings().batch.enabled)
    throw new CallError('not_found', 'Batches are switched off here ("batch.enabled: false").');
  const [, what, id, part] = PATH.exec(path) ?? [];
  const asked: Request = {
    ...request,
    tenant: tenantOf(caller),
    query: new URLSearchParams((req.url ?? '').split('?')[1] ?? ''),
  };
  switch (
    `${req.method} ${what ?? ''}${id === undefined ? '' : '/id'}${part === undefined ? '' : `/${part}`}`
  ) {
    case 'POST files':
      return await upload(deps, asked);
    case 'GET files':
      return await listFiles(deps, asked);
    case 'GET files/id':
      return sendJson(asked.res, 200, fileObject(await fileOf(deps, asked, id ?? '')));
    case 'GET files/id/content':
      return await content(deps, asked, id ?? '');
    case 'DELETE files/id': {
      const file = await fileOf(deps, asked, id ?? '');
      await deps.store.removeFile(asked.tenant, file.id);
      return sendJson(asked.res, 200, { id: file.id, object: 'file', deleted: true });
    }
    case 'POST batches':
      return await create(deps, asked);
    case 'GET batches':
      return await listBatches(deps, asked);
    case 'GET batches/id': {
      const batch = await deps.store.batch(asked.tenant, id ?? '');
      if (!batch) throw noBatch(id);
      return sendJson(asked.res, 200, batchObject(batch));
    }
    case 'POST batches/id/cancel': {
      const batch = await deps.store.cancel(asked.tenant, id ?? '', deps.clock.now());
      if (!batch) throw noBatch(id);
      deps.changed(batch.id);
      return sendJson(asked.res, 200, batchObject(batch));
    }
    default:
      throw new CallError('not_found', `${req.method} ${path} is no endpoint of this gateway.`);
  }
}

async function upload(
  { store, settings, clock }: EndpointDeps,
  { req, res, tenant }: Request,
): Promise<void> {
  const { maxFileBytes, maxStoredBytes, retentionMs } = settings().batch;
  const { filename, text, bytes, expiresAfterMs } = await readUpload(req, maxFileBytes);
  const stored = await store.storedBytes(tenant);
  if (stored + bytes > maxStoredBytes)
    throw new CallError(
      'body_too_large',
      `Your files hold ${stored} bytes already, and ${maxStoredBytes} is the most; delete some first (batch.maxStored in the configuration).`,
    );
  const createdAt = clock.now();
  const file = {
    id: newFileId(createdAt),
    tenant,
    filename,
    bytes,
    createdAt,
    expiresAt: createdAt + Math.min(expiresAfterMs ?? retentionMs, retentionMs),
  };
  await store.addFile(file, text);
  sendJson(res, 200, fileObject({ ...file, purpose: 'batch' }));
}

async function listFiles({ store }: EndpointDeps, { res, tenant, query }: Request): Promise<void> {
  const limit = limitOf(query, 10_000, 10_000);
  const order = query.get('order') === 'asc' ? 'asc' : 'desc';
  const page = {
    limit: limit + 1,
    after: idIn(query, 'after'),
    order,
    purpose: idIn(query, 'purpose'),
  } as const;
  sendJson(res, 200, listObject((await store.files(tenant, page)).map(fileObject), limit));
}

async function fileOf({ store }: EndpointDeps, { tenant }: Request, id: string): Promise<StoredFile> {
  const file = await store.file(tenant, id);
  if (!file) throw new CallError('not_found', `No such File object: ${id}`, { param: 'id' });
  return file;
}

async function content(deps: EndpointDeps, asked: Request, id: string): Promise<void> {
  const { res } = asked;
  const file = await fileOf(deps, asked, id);
  const client = watchClient(res, () => undefined);
  res.writeHead(200, { 'content-type': 'application/octet-stream' });
  try {
    for await (const text of deps.store.content(file)) {
      if (client.gone) return;
      if (!res.write(text)) await client.writable();
    }
    res.end();
  } catch {
    // The client must not take half a file for the whole.
    res.destroy();
  }
}

async function create({ store, settings, clock, changed }: EndpointDeps, request: Request): Promise<void> {
  const { req, res, tenant, caller } = request;
  const body = parseBody(await readBody(req, MOST_BODY_BYTES));
  const { endpoint, input_file_id: inputFileId, completion_window: window } = body;
  if (!isEndpoint(endpoint))
    throw wrong('endpoint', `must be one of ${BATCH_ENDPOINTS.join(', ')}; others are no batches here`);
  if (window !== '24h') throw wrong('completion_window', 'must be "24h"');
  if (typeof inputFileId !== 'string') throw wrong('input_file_id', 'must be the id of an uploaded file');
  const metadata = metadataOf(body['metadata']);
  const file = await fileOf({ store, settings, clock, changed }, request, inputFileId);
  if (file.purpose !== 'batch') throw wrong('input_file_id', 'must be a file of purpose "batch"');
  const createdAt = clock.now();
  const id = newBatchId(createdAt);
  const attributed = attribute(caller, req.headers, { user: null, tags: {} });
  await store.create({
    id,
    tenant,
    caller: batchCaller(attributed),
    endpoint,
    inputFileId,
    metadata,
    createdAt,
    expiresAt: createdAt + WINDOW_MS,
  });
  const batch = await store.batch(tenant, id);
  if (!batch) throw new CallError('internal', 'The batch that was made is not there.');
  sendJson(res, 200, batchObject(batch));
  changed(id);
}

async function listBatches({ store }: EndpointDeps, { res, tenant, query }: Request): Promise<void> {
  const limit = limitOf(query, 20, 100);
  const batches = await store.batches(tenant, { limit: limit + 1, after: idIn(query, 'after') });
  sendJson(res, 200, listObject(batches.map(batchObject), limit));
}

function idIn(query: URLSearchParams, name: string): string | null {
  const id = query.get(name);
  if (id !== null && !/^[A-Za-z0-9_-]{1,100}$/.test(id)) throw wrong(name, 'is none');
  return id;
}

function limitOf(query: URLSearchParams, usual: number, most: number): number {
  const given = query.get('limit');
  if (given === null) return usual;
  const limit = Number(given);
  if (!Number.isInteger(limit) || limit < 1 || limit > most) throw wrong('limit', `must be 1 to ${most}`);
  return limit;
}

/** @throws CallError where it is not up to 16 short texts */
function metadataOf(value: Json | undefined): JsonObject | null {
  if (value === undefined || value === null) return null;
  if (!isObject(value)) throw wrong('metadata', 'must be an object');
  const pairs = Object.entries(value);
  const fine = pairs.every(
    ([name, text]) =>
      name.length <= 64 &&
      typeof text === 'string' &&
      text.length <= 512 &&
      isStorable(name) &&
      isStorable(text),
  );
  if (!fine || pairs.length > 16)
    throw wrong(
      'metadata',
      'must hold at most 16 pairs, names of at most 64 and texts of at most 512 characters',
    );
  return value;
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function isEndpoint(value: Json | undefined): value is BatchEndpoint {
  return BATCH_ENDPOINTS.some((endpoint) => endpoint === value);
}

function wrong(param: string, what: string): CallError {
  return new CallError('invalid_request', `${param} ${what}.`, { param });
}

function noBatch(id: string | undefined): CallError {
  return new CallError('not_found', `No batch found with id '${id ?? ''}'.`, { param: 'batch_id' });
}
