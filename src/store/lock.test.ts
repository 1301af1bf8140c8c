import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LockedError, lockDirectory } from './lock.ts';

let directory: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'illm-lock-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

/** A process of its own that takes the lock and says so. */
async function otherHolder(): Promise<ChildProcess> {
  const module = new URL('../../dist/store/lock.js', import.meta.url).href;
  const script = `const { lockDirectory } = await import(${JSON.stringify(module)});
    await lockDirectory(${JSON.stringify(directory)}); setInterval(() => {}, 1000); console.log('held');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

describe('the lock of a directory', () => {
  it('is refused while it is held, and given back', async () => {
    const release = await lockDirectory(directory);
    await expect(lockDirectory(directory)).rejects.toThrow(`in use by process ${process.pid}`);
    await release();
    const again = await lockDirectory(directory);
    await again();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('says which process has it and what to do', async () => {
    const holder = await otherHolder();
    const error = await lockDirectory(directory).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LockedError);
    expect(String(error)).toContain(`process ${holder.pid}, running since 20`);
    expect(String(error)).toContain('--data DIR');
  });

  it('is free again at once after its holder was killed, whatever it left behind', async () => {
    const holder = await otherHolder();
    const ended = once(holder, 'exit');
    holder.kill('SIGKILL');
    await ended;
    expect(readdirSync(directory)).toHaveLength(1);
    writeFileSync(join(directory, 'lock-00000000'), `{"pid":${process.pid},"since":"now"}`);
    const release = await lockDirectory(directory);
    await release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('stays with a holder that is stopped', async () => {
    const holder = await otherHolder();
    holder.kill('SIGSTOP');
    await expect(lockDirectory(directory)).rejects.toThrow('in use by another process');
  });

  it('goes to at most one of many that want it at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockDirectory(directory)));
      const held = results.filter((result) => result.status === 'fulfilled');
      expect(held.length).toBeLessThanOrEqual(1);
      for (const { value } of held) await value();
    }
  });

  it('works for a directory whose path is too long for a socket', async () => {
    const deep = join(directory, 'd'.repeat(120));
    mkdirSync(deep);
    const release = await lockDirectory(deep);
    await expect(lockDirectory(deep)).rejects.toBeInstanceOf(LockedError);
    await release();
    await (await lockDirectory(deep))();
  });
});
