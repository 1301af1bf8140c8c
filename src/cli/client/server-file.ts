import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../../core/json.ts';

/** How commands on the same machine find the gateway that uses a data directory. */
export interface ServerFile {
  readonly url: string;
  readonly pid: number;
  /** Opens the management API; readable by the gateway's own user only. */
  readonly token: string;
}

const NAME = 'server.json';

export function writeServerFile(dataDir: string, server: ServerFile): void {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, NAME);
  // Written beside and moved, so that it is never read half and never had another mode.
  const draft = `${file}.${server.pid}`;
  rmSync(draft, { force: true });
  writeFileSync(draft, `${JSON.stringify(server)}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(draft, file);
}

/** Removes the file unless another gateway has written it since. */
export function removeServerFile(dataDir: string, pid: number): void {
  if (readFile(dataDir)?.pid === pid) rmSync(join(dataDir, NAME), { force: true });
}

/** The gateway that uses this directory, or null when none is running. */
export function findServer(dataDir: string): ServerFile | null {
  const server = readFile(dataDir);
  return server && isAlive(server.pid) ? server : null;
}

function readFile(dataDir: string): ServerFile | null {
  try {
    const server: unknown = JSON.parse(readFileSync(join(dataDir, NAME), 'utf8'));
    if (!isObject(server)) return null;
    const { url, pid, token } = server;
    return typeof url === 'string' && typeof pid === 'number' && typeof token === 'string'
      ? { url, pid, token }
      : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
