import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { BLOCK_TOKENS, type KvShape } from '../ports.ts';

/**
 * A context on disk: what it is, then its KV in chunks of some blocks, each on its own, so that loading streams.
 *
 *     "ILKV0003"  uint32 length of the head, the head as JSON
 *     then for each chunk: uint32 length, uint32 CRC-32, bytes       (all little-endian)
 */
export interface ContextHead {
  /** Of the weights; KV of another model is worth nothing. */
  readonly model: string;
  readonly kv: KvShape;
  /** Whole blocks. */
  readonly tokens: readonly number[];
  readonly chunkBlocks: number;
}

export class ContextFileError extends Error {
  constructor(path: string, why: string) {
    super(`${path} is no usable context: ${why}`);
    this.name = 'ContextFileError';
  }
}

const MAGIC = Buffer.from('ILKV0003');
/** Their KV was compressed otherwise. */
const FORMER = ['ILKV0001', 'ILKV0002'];
/** A million tokens take about 7 MB of JSON. */
const MOST_HEAD_BYTES = 64 * 2 ** 20;
const MOST_CHUNK_BYTES = 2 ** 30;

/** Names the same tokens under the same model and KV shape alike. */
export function contextName({ model, kv, tokens }: Omit<ContextHead, 'chunkBlocks'>): string {
  return createHash('sha256')
    .update(JSON.stringify([model, kv, tokens]))
    .digest('hex')
    .slice(0, 32);
}

/** Names of files that are being written, or whose writer died. Each belongs to one call of `writeContext`. */
export const UNFINISHED = /\.ilkv\.[\w-]+\.part$/;

/** Writes the file whole or not at all, whoever else writes it too. @returns its size */
export async function writeContext(
  path: string,
  head: ContextHead,
  chunks: AsyncIterable<Uint8Array>,
): Promise<number> {
  const unfinished = `${path}.${randomUUID()}.part`;
  const file = await open(unfinished, 'wx', 0o600);
  try {
    const json = Buffer.from(JSON.stringify(head));
    let bytes = 0;
    const put = async (part: Uint8Array): Promise<void> => {
      await file.writeFile(part);
      bytes += part.length;
    };
    await put(Buffer.concat([MAGIC, uint32(json.length), json]));
    for await (const chunk of chunks)
      await put(Buffer.concat([uint32(chunk.length), uint32(crc32(chunk)), chunk]));
    await file.sync();
    await file.close();
    await rename(unfinished, path);
    return bytes;
  } catch (error) {
    await file.close().catch(() => {});
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** What the file says it is, and its size. @throws ContextFileError */
export async function readHead(
  path: string,
): Promise<{ readonly head: ContextHead; readonly bytes: number }> {
  const file = await open(path, 'r');
  try {
    return { head: (await headOf(path, file)).head, bytes: (await file.stat()).size };
  } finally {
    await file.close();
  }
}

/** The chunks in their order; with each, how many blocks it holds. @throws ContextFileError */
export async function* readChunks(
  path: string,
): AsyncGenerator<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly blocks: number }> {
  const file = await open(path, 'r');
  try {
    const { head, end } = await headOf(path, file);
    const blocks = head.tokens.length / BLOCK_TOKENS;
    let at = end;
    for (let done = 0; done < blocks; done += head.chunkBlocks) {
      const [length, sum] = uint32s(await bytesAt(path, file, at, 8));
      if (length > MOST_CHUNK_BYTES) throw new ContextFileError(path, `a chunk of ${length} bytes`);
      const bytes = await bytesAt(path, file, at + 8, length);
      if (crc32(bytes) !== sum) throw new ContextFileError(path, 'a chunk is damaged');
      at += 8 + length;
      yield { bytes, blocks: Math.min(head.chunkBlocks, blocks - done) };
    }
  } finally {
    await file.close();
  }
}

async function headOf(path: string, file: FileHandle): Promise<{ head: ContextHead; end: number }> {
  const start = await bytesAt(path, file, 0, MAGIC.length + 4);
  const magic = start.subarray(0, MAGIC.length);
  if (FORMER.includes(Buffer.from(magic).toString('latin1')))
    throw new ContextFileError(path, 'an earlier version wrote it; save its text again');
  if (!MAGIC.equals(magic)) throw new ContextFileError(path, 'it does not begin as one');
  const [length] = uint32s(start.subarray(MAGIC.length));
  if (length > MOST_HEAD_BYTES) throw new ContextFileError(path, `a head of ${length} bytes`);
  const text = await bytesAt(path, file, start.length, length);
  return { head: parseHead(path, text), end: start.length + length };
}

function parseHead(path: string, text: Uint8Array): ContextHead {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text).toString());
  } catch {
    throw new ContextFileError(path, 'its head is no JSON');
  }
  const head = value as Partial<ContextHead> | null;
  const fine =
    typeof head?.model === 'string' &&
    typeof head.kv === 'object' &&
    Array.isArray(head.tokens) &&
    head.tokens.every((token) => Number.isInteger(token) && token >= 0) &&
    head.tokens.length % BLOCK_TOKENS === 0 &&
    Number.isInteger(head.chunkBlocks) &&
    (head.chunkBlocks ?? 0) > 0;
  if (!fine) throw new ContextFileError(path, 'its head says too little');
  return head as ContextHead;
}

async function bytesAt(
  path: string,
  file: FileHandle,
  at: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  // The file's own size bounds what is allocated.
  const { size } = await file.stat();
  if (at + length > size) throw new ContextFileError(path, 'it ends too early');
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, at + done);
    if (bytesRead === 0) throw new ContextFileError(path, 'it ends too early');
    done += bytesRead;
  }
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint32s(bytes: Uint8Array): [number, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return [view.getUint32(0, true), bytes.byteLength >= 8 ? view.getUint32(4, true) : 0];
}
