import { expect, it } from 'vitest';
import { Rate } from './rate.ts';

it('counts the last ten seconds, and forgets what was before', () => {
  let nowMs = 500;
  const rate = new Rate(() => nowMs);
  expect(rate.perSecond()).toBe(0);
  rate.add(6);
  nowMs = 2500;
  expect(rate.perSecond()).toBe(3);
  for (; nowMs < 30_000; nowMs += 1000) rate.add(4);
  expect(rate.perSecond()).toBeGreaterThan(3);
  expect(rate.perSecond()).toBeLessThanOrEqual(4);
  nowMs += 60_000;
  expect(rate.perSecond()).toBe(0);
});
