import { expect, it, vi } from 'vitest';
import type { ListedCall } from '../store/index.ts';
import { liveCalls } from './live-calls.ts';
import { listedCall } from './testing/record.contract.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A ledger to which calls are added; a mark is how many there were. */
function growingLedger() {
  const calls: ListedCall[] = [];
  const tail = vi.fn<(mark: string | null) => Promise<{ mark: string; calls: ListedCall[] }>>(
    async (mark) => ({
      mark: String(calls.length),
      calls: mark === null ? [] : calls.slice(Number(mark)),
    }),
  );
  return { calls, tail };
}

it('tells every listener each call that is written after it came, once', async () => {
  const ledger = growingLedger();
  ledger.calls.push(listedCall({ user: 'before' }));
  const live = liveCalls(ledger, quiet, 5);
  const first: (string | null)[] = [];
  const second: (string | null)[] = [];
  const stop = live.subscribe(({ user }) => first.push(user));
  live.subscribe(({ user }) => second.push(user));
  await vi.waitFor(() => expect(ledger.tail).toHaveBeenCalledWith('1', expect.anything()));
  ledger.calls.push(listedCall({ user: 'a' }), listedCall({ user: 'b' }));
  await vi.waitFor(() => expect(second).toEqual(['a', 'b']));
  expect(first).toEqual(['a', 'b']);
  stop();
  ledger.calls.push(listedCall({ user: 'c' }));
  await vi.waitFor(() => expect(second).toEqual(['a', 'b', 'c']));
  expect(first).toEqual(['a', 'b']);
  live.close();
});

it('asks the ledger only while somebody listens', async () => {
  const ledger = growingLedger();
  const live = liveCalls(ledger, quiet, 1);
  const stop = live.subscribe(() => undefined);
  await vi.waitFor(() => expect(ledger.tail.mock.calls.length).toBeGreaterThan(3));
  stop();
  await new Promise((resolve) => setTimeout(resolve, 10));
  const asked = ledger.tail.mock.calls.length;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(ledger.tail.mock.calls.length).toBe(asked);
});

it('goes on from where it was after the store was away', async () => {
  const ledger = growingLedger();
  const live = liveCalls(ledger, quiet, 5);
  const heard: (string | null)[] = [];
  live.subscribe(({ user }) => heard.push(user));
  await vi.waitFor(() => expect(ledger.tail).toHaveBeenCalledWith('0', expect.anything()));
  ledger.tail.mockRejectedValueOnce(new Error('store is away'));
  ledger.calls.push(listedCall({ user: 'a' }));
  await vi.waitFor(() => expect(heard).toEqual(['a']));
  live.close();
});
