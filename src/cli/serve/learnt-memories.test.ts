import { expect, it, vi } from 'vitest';
import { systemClock } from '../../core/clock.ts';
import { fakeLearnedStore } from '../../core/learned.contract.ts';
import { NO_LEVERS } from '../../core/plan.ts';
import { USUAL_GUARD } from '../../core/plan/compress.ts';
import type { PrefixCount } from '../../core/prefix-history.ts';
import type { Settings } from '../../core/settings.ts';
import { localBus } from '../../shared/index.ts';
import { openGuardMemory } from './guard-memory.ts';
import { openPrefixMemory } from './prefix-memory.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

it('a class that the guard stopped is still stopped after a restart, with all its comparisons, until it is resumed', async () => {
  const store = fakeLearnedStore();
  const settings = () => ({ plan: NO_LEVERS, models: {} }) as unknown as Settings;
  const open = () => openGuardMemory({ settings, store, bus: localBus(), clock: systemClock, log: quiet });
  const before = open();
  for (let n = 0; n < 12; n++) before.guards.note('m', 'chat', true, USUAL_GUARD);
  await vi.waitFor(() => expect(before.guards.stopped('m', 'chat')).not.toBeNull());
  await before.close();
  const after = open();
  await vi.waitFor(() => expect(after.guards.stopped('m', 'chat')).not.toBeNull());
  expect(after.guards.report()).toMatchObject([{ compared: 12, differing: 12 }]);
  after.guards.resume('m', 'chat');
  await vi.waitFor(() => expect(after.guards.report()).toEqual([]));
  await after.close();
  const last = open();
  last.guards.stopped('m', 'chat');
  await vi.waitFor(() => expect(store.rows).toHaveLength(13));
  expect(last.guards.stopped('m', 'chat')).toBeNull();
  await last.close();
});

it('the history of beginnings goes on after a restart, and waits while the store is away', async () => {
  const kept = new Map<string, PrefixCount>();
  let dead = true;
  const store = {
    add: async (deltas: readonly PrefixCount[]) => {
      if (dead) throw new Error('away');
      for (const delta of deltas) kept.set(delta.key, delta);
      return deltas;
    },
    newest: async () => [...kept.values()],
  };
  const boundary = { kind: 'system', message: 0, hash: 'h', tokens: 2000 } as const;
  const open = () => openPrefixMemory({ store, begun: true, clock: systemClock, log: quiet, flushMs: 5 });
  const before = open();
  await before.ready;
  for (let at = 1; at <= 4; at++) before.history.observe('owner', [boundary], at);
  expect(kept.size).toBe(0);
  dead = false;
  await vi.waitFor(() => expect(kept.get('f h')).toMatchObject({ reads5m: 3, writes5m: 1, lastAt: 4 }));
  await before.close();
  const after = open();
  await after.ready;
  const seen = after.history.observe('owner', [boundary], 5).fixed.get(boundary);
  expect(seen?.['5m']).toEqual({ reads: 4, writes: 1 });
  await after.close();
});
