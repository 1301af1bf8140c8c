import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../core/clock.ts';
import { lockDirectory } from '../lock.ts';
import { adoptLeftovers, newJournalDirectory } from './adoption.ts';

let root: string;
let stop = (): void => {};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'illm-adopt-'));
});
afterEach(() => {
  stop();
  rmSync(root, { recursive: true, force: true });
});

function journalOf(rows: number): string {
  const directory = newJournalDirectory(root);
  mkdirSync(directory);
  if (rows > 0) writeFileSync(join(directory, '00000001.ndjson'), '{}\n'.repeat(rows));
  return directory;
}

it('adopts the journals of ended processes, and of living ones when they end', async () => {
  const own = journalOf(1);
  const ended = journalOf(2);
  const living = journalOf(3);
  const starting = journalOf(0);
  const left = journalOf(0);
  utimesSync(left, 0, 0);
  writeFileSync(join(root, 'rejected-2026-11-24.ndjson'), '{}\n');
  const release = await lockDirectory(living);
  const adopted: string[] = [];
  stop = await adoptLeftovers(root, own, { adopt: (directory) => adopted.push(directory) }, systemClock, 20);
  expect(adopted.sort()).toEqual([ended, left].sort());
  await release();
  await vi.waitFor(() => expect(adopted).toContain(living));
  expect(adopted).not.toContain(own);
  expect(adopted).not.toContain(starting);
});

it('has nothing to do where there is no journal yet', async () => {
  const adopted: string[] = [];
  stop = await adoptLeftovers(
    join(root, 'none'),
    'x',
    { adopt: (directory) => adopted.push(directory) },
    systemClock,
  );
  expect(adopted).toEqual([]);
});
