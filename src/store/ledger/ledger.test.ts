import { execFileSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { callRecord } from '../../../test/services/call-record.ts';
import { createLedgerWorld, type LedgerWorld, type StoreMode } from '../../../test/services/ledger-world.ts';
import { systemClock } from '../../core/clock.ts';
import { diskFiles } from './files.ts';
import type { LedgerOptions } from './ledger.ts';

let world: LedgerWorld;
afterEach(() => world.destroy());

function begin(options: Partial<LedgerOptions> = {}): LedgerWorld {
  world = createLedgerWorld(options);
  return world;
}

function append(count: number): string[] {
  return Array.from({ length: count }, () => {
    const record = callRecord();
    world.ledger.append(record);
    return record.id;
  });
}

const pause = (ms: number): Promise<void> => systemClock.sleep(ms);

describe('the ledger', () => {
  it('loses no call that it took, whatever fails in whatever order', async () => {
    type Step =
      | { append: number }
      | { store: StoreMode }
      | { disk: boolean }
      | { kill: true }
      | { wait: number };
    const step: fc.Arbitrary<Step> = fc.oneof(
      { weight: 5, arbitrary: fc.record({ append: fc.integer({ min: 1, max: 25 }) }) },
      { weight: 2, arbitrary: fc.record({ store: fc.constantFrom<StoreMode>('up', 'down', 'lost-reply') }) },
      { weight: 2, arbitrary: fc.record({ disk: fc.boolean() }) },
      { weight: 1, arbitrary: fc.constant({ kill: true } as const) },
      { weight: 3, arbitrary: fc.record({ wait: fc.integer({ min: 0, max: 12 }) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        begin({ memory: { rows: 20, bytes: 1e6 }, segmentBytes: 6_000 });
        const kept = new Set<string>();
        /** Taken while nothing could be written: they live as long as the process. */
        let unwritten: string[] = [];
        for (const each of steps) {
          if ('append' in each) {
            for (let count = 0; count < each.append; count += 1) {
              const record = callRecord();
              try {
                world.ledger.append(record);
              } catch (error) {
                expect(error).toMatchObject({ code: 'not_ready' });
                expect(world.ledger.refusal()).not.toBeNull();
                continue;
              }
              kept.add(record.id);
              if (world.diskIsFull) unwritten.push(record.id);
            }
          } else if ('store' in each) world.store = each.store;
          else if ('disk' in each) world.diskIsFull = each.disk;
          else if ('wait' in each) await pause(each.wait);
          else {
            world.kill();
            for (const id of unwritten) kept.delete(id);
            unwritten = [];
          }
        }
        world.store = 'up';
        world.diskIsFull = false;
        await world.ledger.flush();
        for (const id of kept) expect(world.stored.has(id)).toBe(true);
        expect(world.ledger.journaledRows).toBe(0);
        expect(world.ledger.refusal()).toBeNull();
        await world.ledger.close();
        expect(readdirSync(world.journalDir)).toEqual([]);
        world.destroy();
      }),
      {
        numRuns: 120,
        examples: [[[{ disk: true }, { append: 21 }, { append: 9 }, { disk: false }, { append: 8 }]]],
      },
    );
  });

  it('has a call on disk when append returns, and stores it soon after', async () => {
    begin({ batch: { rows: 100, bytes: 1e6, ms: 30 } });
    const flushed: number[] = [];
    world.ledger.onFlushed((rows) => flushed.push(rows));
    append(3);
    const [name = ''] = readdirSync(world.journalDir);
    const [file = ''] = readdirSync(join(world.journalDir, name));
    expect(readFileSync(join(world.journalDir, name, file), 'utf8').split('\n')).toHaveLength(4);
    await vi.waitFor(() => expect(world.stored.size).toBe(3));
    expect(flushed).toEqual([3]);
    expect(world.batches).toEqual([3]);
  });

  it('keeps rows on disk only when memory is full, and reads them again', async () => {
    begin({ memory: { rows: 10, bytes: 1e6 }, segmentBytes: 4_000 });
    world.store = 'down';
    const ids = append(100);
    expect(world.ledger.journaledRows).toBe(100);
    expect(world.ledger.refusal()).toBeNull();
    await vi.waitFor(() => expect(world.ledger.healthy).toBe(false));
    world.store = 'up';
    await world.ledger.flush();
    expect(new Set(ids)).toEqual(world.stored);
    expect(world.ledger.healthy).toBe(true);
    expect(world.batches.reduce((sum, size) => sum + size)).toBe(100);
  });

  it('goes on through memory while the disk is full, and writes down later what is still there', async () => {
    begin();
    world.diskIsFull = true;
    append(5);
    expect(world.ledger.refusal()).toBeNull();
    await world.ledger.flush();
    expect(world.stored.size).toBe(5);
    world.store = 'down';
    append(3);
    await vi.waitFor(() => expect(world.ledger.refusal()).toContain('ENOSPC'));
    world.diskIsFull = false;
    await vi.waitFor(() => expect(world.ledger.refusal()).toBeNull());
    world.kill();
    world.store = 'up';
    await world.ledger.flush();
    expect(world.stored.size).toBe(8);
    expect(world.log.lines.filter((line) => line.includes('journal cannot be written'))).toHaveLength(1);
  });

  it('refuses a call that it can keep nowhere', () => {
    begin({ memory: { rows: 4, bytes: 1e6 }, batch: { rows: 1, bytes: 1e6, ms: 1e6 } });
    world.diskIsFull = true;
    world.store = 'down';
    append(4);
    expect(() => append(1)).toThrow('Free space there, or bring the store back');
    expect(world.ledger.journaledRows).toBe(4);
  });

  it('sets aside a row that the store will never take, and stores the others', async () => {
    begin();
    const bad = callRecord();
    world.poison.add(bad.id);
    append(3);
    world.ledger.append(bad);
    append(3);
    await world.ledger.flush();
    expect(world.stored.size).toBe(6);
    const [file = ''] = readdirSync(world.journalDir).filter((name) => name.startsWith('rejected-'));
    const kept = JSON.parse(readFileSync(join(world.journalDir, file), 'utf8')) as {
      row: string;
      error: string;
    };
    expect((JSON.parse(kept.row) as { id: string }).id).toBe(bad.id);
    expect(kept.error).toBe('invalid input syntax');
    expect(world.log.lines).toContain('error The store refused a call; it was set aside');
  });

  it('closes in bounded time while the store is away, and the next start goes on', async () => {
    begin();
    world.store = 'down';
    append(30);
    await world.ledger.close(20);
    expect(world.ledger.refusal()).toBe('The gateway is shutting down.');
    expect(() => append(1)).toThrow('shutting down');
    world.store = 'up';
    world.kill();
    await world.ledger.flush();
    expect(world.stored.size).toBe(30);
  });

  it('stores what waits when it closes', async () => {
    begin({ batch: { rows: 1_000, bytes: 1e6, ms: 1e6 } });
    append(20);
    await world.ledger.close();
    expect(world.stored.size).toBe(20);
    expect(world.batches).toEqual([20]);
  });

  it('reports a line that its writer did not finish', async () => {
    begin();
    world.store = 'down';
    append(2);
    const [name = ''] = readdirSync(world.journalDir);
    const [file = ''] = readdirSync(join(world.journalDir, name));
    diskFiles.append(openSync(join(world.journalDir, name, file), 'a'), Buffer.from('{"id":"0191'));
    world.kill();
    world.store = 'up';
    await world.ledger.flush();
    expect(world.stored.size).toBe(2);
    expect(world.log.lines.join()).toContain('was being written when its process ended');
  });
});

describe.skipIf(process.platform !== 'linux')('a device without space', () => {
  it('is noticed, and calls go on through memory', async () => {
    begin({ files: { ...diskFiles, open: () => openSync('/dev/full', 'a') } });
    append(10);
    await world.ledger.flush();
    expect(world.stored.size).toBe(10);
    world.store = 'down';
    append(1);
    await vi.waitFor(() => expect(world.ledger.refusal()).toContain('ENOSPC'));
  });

  it.skipIf(!canMount())('fills up and empties again without losing a call', async () => {
    const mount = mkdtempSync(join(tmpdir(), 'illm-small-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mount]);
    try {
      begin({ directory: join(mount, '1-00000000'), files: diskFiles });
      world.store = 'down';
      const ids = append(200);
      await vi.waitFor(() => expect(world.ledger.refusal()).toContain('ENOSPC'));
      world.store = 'up';
      await world.ledger.flush();
      expect(world.stored).toEqual(new Set(ids));
      await vi.waitFor(() => expect(world.log.lines.join()).toContain('can be written again'));
      await world.ledger.close();
    } finally {
      execFileSync('umount', ['-l', mount]);
      rmSync(mount, { recursive: true, force: true });
    }
  });
});

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const probe = mkdtempSync(join(tmpdir(), 'illm-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe], { stdio: 'ignore' });
    execFileSync('umount', ['-l', probe]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}
