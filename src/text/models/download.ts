import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat, statfs } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { get, interruption, type Site, shown, statusError } from './http-get.ts';
import { diskError, Interrupted, PullError } from './pull-error.ts';

/** What a file must be. `git-blob` is the SHA-1 that git names a file by. */
export interface Digest {
  readonly kind: 'sha256' | 'git-blob';
  readonly hex: string;
}

export interface Remote {
  readonly site: Site;
  readonly url: URL;
  readonly bytes: number;
  readonly digest: Digest;
}

export interface DownloadOptions {
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
  /** Longest that nothing may come. */
  readonly idleMs: number;
  /** Pause before the first try again; doubled for each after it that gets nothing. */
  readonly retryMs: number;
}

const MOST_TRIES = 6;

interface Progress {
  readonly file: FileHandle;
  hash: Hash;
  offset: number;
}

/**
 * Downloads a file, going on from what an earlier try left, and puts it in place once it is whole and verified.
 * Two at once do no harm: they write the same bytes to the same places. @throws PullError
 */
export async function download(remote: Remote, to: string, options: DownloadOptions): Promise<void> {
  const part = `${to}.${remote.digest.hex.slice(0, 16)}.part`;
  try {
    await mkdir(dirname(to), { recursive: true });
    let fetched = await fetchPart(remote, part, options);
    if (!fetched.right && fetched.resumed) {
      // What was left of an earlier try may have been damaged: once more from the beginning.
      await rm(part, { force: true });
      fetched = await fetchPart(remote, part, options);
    }
    if (!fetched.right) {
      await rm(part, { force: true });
      const { url, digest } = remote;
      throw new PullError(`What ${shown(url)} sent is not the expected file (${digest.kind} ${digest.hex}).`);
    }
    await putInPlace(part, to, remote.bytes);
  } catch (error) {
    throw diskError(error, dirname(to));
  }
}

async function putInPlace(part: string, to: string, bytes: number): Promise<void> {
  try {
    await rename(part, to);
  } catch (error) {
    // Another download of the same may have been first; what it put there is verified.
    const there = await stat(to).catch(() => null);
    if (there?.size !== bytes) throw error;
  }
}

async function fetchPart(remote: Remote, part: string, options: DownloadOptions) {
  const file = await open(part, constants.O_RDWR | constants.O_CREAT);
  try {
    const progress: Progress = { file, hash: hashOf(remote), offset: 0 };
    await hashExisting(progress, remote, options.signal);
    const resumed = progress.offset > 0;
    await requireSpace(part, remote.bytes - progress.offset);
    options.onBytes(progress.offset);
    await fetchRest(remote, progress, options);
    await file.truncate(remote.bytes);
    await file.sync();
    return { resumed, right: progress.hash.digest('hex') === remote.digest.hex };
  } finally {
    await file.close();
  }
}

/** Tries again as long as it gets on. */
async function fetchRest(remote: Remote, progress: Progress, options: DownloadOptions): Promise<void> {
  let tries = 0;
  while (progress.offset < remote.bytes) {
    const before = progress.offset;
    try {
      await fetchOnce(remote, progress, options);
    } catch (error) {
      if (options.signal.aborted || !(error instanceof Interrupted)) throw error;
      tries = progress.offset > before ? 1 : tries + 1;
      if (tries >= MOST_TRIES)
        throw new PullError(
          `${shown(remote.url)} could not be downloaded: ${error.message}. What came is kept; pull again to go on.`,
          { cause: error },
        );
      await sleep(options.retryMs * 2 ** (tries - 1), undefined, { signal: options.signal });
    }
  }
}

async function fetchOnce(remote: Remote, progress: Progress, options: DownloadOptions): Promise<void> {
  const { site, url, bytes } = remote;
  const headers = progress.offset > 0 ? { range: `bytes=${progress.offset}-` } : {};
  const answer = await get(site, url, { headers, idleMs: options.idleMs, signal: options.signal });
  try {
    startAt(answer, progress, remote);
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      if (progress.offset + chunk.length > bytes)
        throw new PullError(`${shown(url)} is larger than the ${bytes} bytes that it should be.`);
      await writeAll(progress.file, chunk, progress.offset);
      progress.hash.update(chunk);
      progress.offset += chunk.length;
      options.onBytes(progress.offset);
    }
  } catch (error) {
    throw interruption(error, url, options.signal);
  } finally {
    answer.destroy();
  }
  if (progress.offset < bytes)
    throw new Interrupted(`the answer ended after ${progress.offset} of ${bytes} bytes`);
}

/** Servers that know no ranges send all from the beginning. */
function startAt(answer: IncomingMessage, progress: Progress, remote: Remote): void {
  const { statusCode = 0, headers } = answer;
  if (statusCode === 206) {
    const first = /^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1];
    if (Number(first) !== progress.offset)
      throw new PullError(`${shown(remote.url)} sent another range than the one asked for.`);
    return;
  }
  if (statusCode !== 200) throw statusError(remote.url, statusCode);
  const length = headers['content-length'];
  if (length !== undefined && Number(length) !== remote.bytes)
    throw new PullError(`${shown(remote.url)} has ${length} bytes; ${remote.bytes} were expected.`);
  progress.hash = hashOf(remote);
  progress.offset = 0;
}

async function hashExisting(progress: Progress, { bytes }: Remote, signal: AbortSignal): Promise<void> {
  const buffer = Buffer.alloc(Math.min(bytes, 1 << 20));
  while (progress.offset < bytes) {
    signal.throwIfAborted();
    const most = Math.min(buffer.length, bytes - progress.offset);
    const { bytesRead } = await progress.file.read(buffer, 0, most, progress.offset);
    if (bytesRead === 0) return;
    progress.hash.update(buffer.subarray(0, bytesRead));
    progress.offset += bytesRead;
  }
}

async function writeAll(file: FileHandle, chunk: Buffer, position: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done, position + done);
    done += bytesWritten;
  }
}

/** Says at once what would otherwise be found out at the end. @throws PullError */
export async function requireSpace(path: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path));
  const free = bavail * bsize;
  if (free < bytes)
    throw new PullError(
      `${dirname(path)} has room for ${megabytes(free)} MB, and ${megabytes(bytes)} MB are needed.`,
      { elsewhere: false },
    );
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function hashOf({ digest, bytes }: Remote): Hash {
  return digest.kind === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${bytes}\0`);
}
