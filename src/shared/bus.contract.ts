import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Bus } from '../core/ports.ts';

/** Two ends of one bus, and the way to close whatever stands behind them. */
export interface BusPair {
  readonly a: Bus;
  readonly b: Bus;
  /** Resolves when what one says can reach the other. */
  readonly connected: () => Promise<void>;
  readonly close?: () => Promise<void>;
}

/** What every bus must do alike. */
export function busContract(name: string, open: () => Promise<BusPair>, skip = false): void {
  describe.skipIf(skip)(name, () => {
    let pair: BusPair;
    const begin = async (): Promise<BusPair> => {
      pair = await open();
      await pair.connected();
      return pair;
    };
    afterEach(async () => {
      await Promise.all([pair.a.close(), pair.b.close()]);
      await pair.close?.();
    });

    it('tells everybody, the publisher too, once and in order', async () => {
      const { a, b } = await begin();
      const heard: Record<string, string[]> = { a: [], b: [] };
      a.subscribe('keys', (message) => heard['a']?.push(message));
      b.subscribe('keys', (message) => heard['b']?.push(message));
      await settle();
      for (const message of ['1', 'zwei "ü"', '']) a.publish('keys', message);
      await vi.waitFor(() => expect(heard).toEqual({ a: ['1', 'zwei "ü"', ''], b: ['1', 'zwei "ü"', ''] }));
      b.publish('keys', 'back');
      await vi.waitFor(() => expect([heard['a']?.at(-1), heard['b']?.at(-1)]).toEqual(['back', 'back']));
      await settle();
      expect(heard['a']).toHaveLength(4);
      expect(heard['b']).toHaveLength(4);
    });

    it('tells only of topics that are listened to, and of none after the end', async () => {
      const { a, b } = await begin();
      const heard: string[] = [];
      const stop = b.subscribe('one', (message) => heard.push(`first ${message}`));
      b.subscribe('one', (message) => heard.push(`second ${message}`));
      await settle();
      a.publish('two', 'x');
      a.publish('one', 'x');
      await vi.waitFor(() => expect(heard.sort()).toEqual(['first x', 'second x']));
      stop();
      stop();
      await settle();
      a.publish('one', 'y');
      await vi.waitFor(() => expect(heard).toContain('second y'));
      expect(heard).not.toContain('first y');
    });

    it('lets a listener subscribe and unsubscribe while it is told', async () => {
      const { a } = await begin();
      const heard: string[] = [];
      const stop = a.subscribe('once', (message) => {
        heard.push(message);
        stop();
        a.subscribe('once', (later) => heard.push(`later ${later}`));
      });
      await settle();
      a.publish('once', '1');
      await vi.waitFor(() => expect(heard).toEqual(['1']));
      await settle();
      a.publish('once', '2');
      await vi.waitFor(() => expect(heard).toEqual(['1', 'later 2']));
    });

    it('is quiet after it was closed', async () => {
      const { a, b } = await begin();
      const heard: string[] = [];
      a.subscribe('keys', (message) => heard.push(message));
      await settle();
      await a.close();
      a.publish('keys', 'x');
      b.publish('keys', 'y');
      await settle();
      expect(heard).toEqual([]);
    });
  });
}

/** Gives messages between the ends time to arrive, where nothing tells that they did. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 30));
}
