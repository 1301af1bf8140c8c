import { describe, expect, it } from 'vitest';
import { withCleanup } from './cleanup.ts';

describe('withCleanup', () => {
  it('closes the last opened first and gives the result', async () => {
    const closed: number[] = [];
    const result = await withCleanup(async (later) => {
      later(() => void closed.push(1));
      later(async () => void closed.push(2));
      return 'done';
    });
    expect(result).toBe('done');
    expect(closed).toEqual([2, 1]);
  });

  it('closes everything when work or closing fails, and throws the first error', async () => {
    const closed: number[] = [];
    const failing = withCleanup(async (later) => {
      later(() => void closed.push(1));
      later(() => Promise.reject(new Error('closing')));
      throw new Error('work');
    });
    await expect(failing).rejects.toThrow('work');
    expect(closed).toEqual([1]);
    const badClose = withCleanup(async (later) => later(() => Promise.reject(new Error('closing'))));
    await expect(badClose).rejects.toThrow('closing');
  });
});
