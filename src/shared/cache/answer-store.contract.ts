import { describe, expect, it } from 'vitest';
import type { AnswerStore } from '../../core/answer-store.ts';

export interface StoreRig {
  readonly store: AnswerStore;
  /** Lets time pass. */
  readonly pass: (ms: number) => Promise<void>;
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const textOf = (value: Uint8Array | null): string | null => value && Buffer.from(value).toString();

/** What every store of answers does. @param open makes an empty one with that much room */
export function answerStoreContract(name: string, open: (maxBytes: number) => Promise<StoreRig>): void {
  describe(`${name} keeps answers`, () => {
    it('and gives them back byte for byte', async () => {
      const { store } = await open(100_000);
      expect(await store.get('a')).toBeNull();
      const value = Uint8Array.from({ length: 1000 }, (_, index) => index % 256);
      expect(await store.put('a', value, 60_000)).toBe(true);
      expect(Buffer.from((await store.get('a'))!).equals(value)).toBe(true);
      expect((await store.size()).entries).toBe(1);
      expect((await store.size()).bytes).toBeGreaterThanOrEqual(1000);
    });

    it('until their time is up', async () => {
      const { store, pass } = await open(100_000);
      await store.put('a', bytes('short'), 40);
      await store.put('b', bytes('long'), 60_000);
      await pass(60);
      expect(await store.get('a')).toBeNull();
      expect(textOf(await store.get('b'))).toBe('long');
    });

    it('in bounded room, the least recently used going first', async () => {
      const { store, pass } = await open(10_000);
      for (const key of ['a', 'b', 'c', 'd']) {
        await store.put(key, new Uint8Array(2000), 60_000);
        await pass(2);
      }
      await store.get('a');
      await pass(2);
      await store.put('e', new Uint8Array(4000), 60_000);
      expect(await store.get('a')).not.toBeNull();
      expect(await store.get('b')).toBeNull();
      expect(await store.get('e')).not.toBeNull();
      expect((await store.size()).bytes).toBeLessThanOrEqual(10_000);
    });

    it('and counts what replaces another once', async () => {
      const { store } = await open(10_000);
      for (let i = 0; i < 20; i++) await store.put('a', new Uint8Array(2000), 60_000);
      const { entries, bytes: held } = await store.size();
      expect(entries).toBe(1);
      expect(held).toBeLessThan(3000);
    });

    it('but none that is larger than all its room', async () => {
      const { store } = await open(1000);
      await store.put('a', bytes('kept'), 60_000);
      expect(await store.put('b', new Uint8Array(2000), 60_000)).toBe(false);
      expect(textOf(await store.get('a'))).toBe('kept');
    });

    it('and forgets all of them', async () => {
      const { store } = await open(100_000);
      for (let i = 0; i < 30; i++) await store.put(`k${i}`, bytes('x'), 60_000);
      expect(await store.clear()).toBe(30);
      expect(await store.get('k3')).toBeNull();
      expect(await store.size()).toMatchObject({ entries: 0, bytes: 0 });
    });

    it('and lends the right to make one', async () => {
      const { store } = await open(1000);
      const lease = await store.lease('a');
      expect(lease).not.toBeNull();
      expect(await store.leased('a')).toBe(store.reach === 'shared');
      await lease!.release();
      expect(await store.leased('a')).toBe(false);
      expect(await store.lease('a')).not.toBeNull();
    });
  });
}
