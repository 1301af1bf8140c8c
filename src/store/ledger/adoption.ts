import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../core/ports.ts';
import { LockedError, lockDirectory } from '../lock.ts';
import type { Ledger } from './ledger.ts';

const DIRECTORY = /^\d+-[0-9a-f]{8}$/;
const EVERY_MS = 5_000;
/** A new process makes its directory a moment before it locks it. */
const YOUNG_MS = 60_000;

/** A name for a process's journal within `journalDir`, never used before. */
export function newJournalDirectory(journalDir: string): string {
  return join(journalDir, `${process.pid}-${randomBytes(4).toString('hex')}`);
}

/**
 * Has the ledger store what ended processes left in their journals: now, and again whenever one ends. A process holds
 * the lock of its journal directory while it lives. Returns the way to stop.
 */
export async function adoptLeftovers(
  journalDir: string,
  own: string,
  ledger: Pick<Ledger, 'adopt'>,
  clock: Clock,
  everyMs = EVERY_MS,
): Promise<() => void> {
  const adopted = new Set([own]);

  async function scan(): Promise<void> {
    for (const name of namesIn(journalDir)) {
      const directory = join(journalDir, name);
      if (adopted.has(directory) || (isEmpty(directory) && isYoung(directory, clock.now()))) continue;
      if (!(await hasEnded(directory))) continue;
      adopted.add(directory);
      ledger.adopt(directory);
    }
  }

  await scan();
  let scanning = false;
  const timer = setInterval(() => {
    if (scanning) return;
    scanning = true;
    void scan().finally(() => {
      scanning = false;
    });
  }, everyMs).unref();
  return () => clearInterval(timer);
}

async function hasEnded(directory: string): Promise<boolean> {
  try {
    const release = await lockDirectory(directory);
    await release();
    return true;
  } catch (error) {
    if (error instanceof LockedError) return false;
    throw error;
  }
}

function namesIn(journalDir: string): string[] {
  try {
    return readdirSync(journalDir).filter((name) => DIRECTORY.test(name));
  } catch {
    return [];
  }
}

function isEmpty(directory: string): boolean {
  return !readdirSync(directory).some((name) => name.endsWith('.ndjson'));
}

function isYoung(directory: string, now: number): boolean {
  return now - statSync(directory).mtimeMs < YOUNG_MS;
}
