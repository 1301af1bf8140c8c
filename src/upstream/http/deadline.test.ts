import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ticksFromNow, unwatch, watch, type Watched } from './deadline.ts';

const TICK_MS = 50;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Watched from now on; says its name when it is late, and is watched no longer. */
function begin(name: string, ms: number, late: string[], then: () => void = () => undefined): Watched {
  const it: Watched = {
    dueTick: ticksFromNow(ms),
    place: -1,
    late: () => {
      late.push(name);
      unwatch(it);
      then();
    },
  };
  watch(it);
  return it;
}

test('each is late once, in its own time, whoever ends before', () => {
  const late: string[] = [];
  const [first, , third] = [begin('a', 100, late), begin('b', 300, late), begin('c', 500, late)];
  begin('d', 700, late);
  unwatch(first);
  unwatch(first);
  vi.advanceTimersByTime(300 + 2 * TICK_MS);
  expect(late).toEqual(['b']);
  unwatch(third);
  vi.advanceTimersByTime(700);
  expect(late).toEqual(['b', 'd']);
  expect(vi.getTimerCount()).toBe(0);
});

test('who is late may end others and begin anew', () => {
  const late: string[] = [];
  const other = begin('other', 200, late);
  begin('last', 200, late);
  begin('first', 200, late, () => {
    unwatch(other);
    begin('again', 200, late);
  });
  vi.advanceTimersByTime(200 + 2 * TICK_MS);
  expect(late).toEqual(['first', 'last']);
  vi.advanceTimersByTime(400);
  expect(late).toEqual(['first', 'last', 'again']);
  expect(vi.getTimerCount()).toBe(0);
});
