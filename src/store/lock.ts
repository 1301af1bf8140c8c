import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sha256 } from '../core/secret.ts';

/** The directory is in use; the message says by whom and what to do. */
export class LockedError extends Error {
  constructor(directory: string, holder: Holder | null) {
    const who = holder ? `process ${holder.pid}, running since ${holder.since}` : 'another process';
    super(
      `The data directory ${directory} is in use by ${who}. ` +
        'Stop that process first, or give this one a directory of its own with --data DIR.',
    );
    this.name = 'LockedError';
  }
}

/** What a contender tells of itself. */
interface Holder {
  readonly pid: number;
  readonly since: string;
  /** False while it still looks whether others are there. */
  readonly holds: boolean;
}

const NAME = /^lock-[0-9a-f]{8}$/;
const TRIES = 5;
const ANSWER_MS = 250;
/** The shortest of the systems' limits for a socket's path. */
const MOST_PATH_BYTES = 100;
/** What connecting to a socket says when nobody listens there. Anything else may be a holder that we cannot reach. */
const NOBODY = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK']);

/**
 * Takes the exclusive lock of a directory; the returned function gives it back.
 *
 * The lock is a listening socket in the directory: the system closes it when its process ends, in whatever way, so that
 * a file left behind or a reused process id fools nobody. Each process first puts up its own socket and then looks at
 * the others'. Of two that start at once at least one sees the other, and who sees another steps back.
 * Across machines that share a file system it locks nothing.
 * @throws LockedError
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  let holder: Holder | null = null;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const own = await announce(realpathSync(directory));
    if (own) {
      const other = await firstAlive(own);
      if (other === null) {
        own.claim();
        return own.release;
      }
      await own.release();
      if (other !== 'silent') holder = other;
      if (holder?.holds) break;
    }
    // At random, so that two that stepped back from each other do not meet again.
    await pause(20 + Math.random() * 80);
  }
  throw new LockedError(directory, holder);
}

interface Announcement {
  readonly name: string;
  /** Where contenders for this directory put their sockets; none where the name itself is exclusive. */
  readonly places: readonly string[];
  /** From now on tells others that it holds the lock. */
  readonly claim: () => void;
  readonly release: () => Promise<void>;
}

/** Puts up a socket; null when the system says that another has it. */
async function announce(directory: string): Promise<Announcement | null> {
  const name = `lock-${randomBytes(4).toString('hex')}`;
  const hash = sha256(directory).slice(0, 16);
  if (process.platform === 'win32') {
    const socket = await listen(`\\\\.\\pipe\\infinite-llm-${hash}`);
    return socket && { name, places: [], ...socket };
  }
  // Some shared folders hold no sockets, and long paths do not fit.
  const places = [directory, join(tmpdir(), `infinite-llm-${hash}`)];
  for (const place of places) {
    const path = join(place, name);
    if (Buffer.byteLength(path) > MOST_PATH_BYTES) continue;
    mkdirSync(place, { recursive: true, mode: 0o700 });
    const socket = await listen(path);
    if (socket) return { name, places: places.filter((each) => existsSync(each)), ...socket };
  }
  throw new Error(
    `The data directory ${directory} cannot be locked: no socket can be put there nor in ${tmpdir()}.`,
  );
}

function listen(path: string): Promise<Pick<Announcement, 'claim' | 'release'> | null> {
  let holds = false;
  const since = new Date().toISOString();
  const server = createServer((socket) => {
    socket.on('error', () => {});
    // Whoever asks and stays must not keep the lock from being given back.
    socket.end(JSON.stringify({ pid: process.pid, since, holds } satisfies Holder), () => socket.destroy());
  });
  server.unref();
  const claim = (): void => {
    holds = true;
  };
  const release = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
    });
  return new Promise((resolve) => {
    server.once('error', () => resolve(null));
    server.listen(path, () => resolve({ claim, release }));
  });
}

/** The first other contender that lives, `silent` when it did not say who it is. Removes what dead ones left. */
async function firstAlive(own: Announcement): Promise<Holder | 'silent' | null> {
  for (const place of own.places) {
    const others = readdirSync(place).filter((name) => NAME.test(name) && name !== own.name);
    for (const name of others) {
      const path = join(place, name);
      const answer = await ask(path);
      if (answer !== null) return answer;
      rmSync(path, { force: true });
    }
  }
  return null;
}

/** Who listens at the path: null when nobody does. A process that is stopped or busy still counts. */
function ask(path: string): Promise<Holder | 'silent' | null> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(path);
    const answer = (holder: Holder | 'silent' | null): void => {
      socket.destroy();
      resolve(holder);
    };
    socket.setTimeout(ANSWER_MS, () => answer('silent'));
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('end', () => answer(parseHolder(text)));
    socket.on('error', (error) =>
      answer('code' in error && NOBODY.has(String(error.code)) ? null : 'silent'),
    );
  });
}

function parseHolder(text: string): Holder | 'silent' {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return 'silent';
  }
}
