import { describe, expect, it } from 'vitest';
import type { Budget } from '../../api/types.ts';
import { budgetSubject, budgetUse, fullestFirst } from './budget-use.ts';

const budget = (change: Partial<Budget>): Budget => ({
  name: 'team',
  by: 'team',
  value: 'search',
  valueName: null,
  limitUsd: '10.000000',
  spentUsd: '0.000000',
  reservedUsd: '0.000000',
  leftUsd: '10.000000',
  window: 'month',
  startsAt: '2026-11-01T00:00:00.000Z',
  resetsAt: '2026-12-01T00:00:00.000Z',
  degradeTo: null,
  ...change,
});

describe('how full a budget is', () => {
  it.each([
    ['7.99', '0', { level: 'calm', percent: 79 }],
    ['7.99', '0.01', { level: 'near', percent: 79, reserved: 0.001 }],
    ['9.999999', '0.000001', { level: 'full', percent: 99 }],
    ['25', '1', { level: 'full', percent: 250, spent: 1, reserved: 0 }],
  ])('with $%s spent and $%s held back', (spentUsd, reservedUsd, expected) => {
    const { reserved, ...use } = budgetUse(budget({ spentUsd, reservedUsd }));
    expect({ ...use, reserved: Math.round(reserved * 1e6) / 1e6 }).toMatchObject(expected);
  });

  it('is full when it is nothing', () => {
    expect(budgetUse(budget({ limitUsd: '0' }))).toMatchObject({ level: 'full', spent: 1, reserved: 0 });
  });

  it('orders budgets', () => {
    const named = (name: string, spentUsd: string) => budget({ name, spentUsd });
    const sorted = fullestFirst([named('b', '1'), named('c', '30'), named('a', '1'), named('d', '20')]);
    expect(sorted.map(({ name }) => name)).toEqual(['c', 'd', 'a', 'b']);
  });

  it('says whom it is for', () => {
    expect(budgetSubject(budget({ by: 'all', value: null }))).toBe('all calls');
    expect(budgetSubject(budget({ by: 'key', value: '0192', valueName: 'ci' }))).toBe('key ci');
    expect(budgetSubject(budget({ by: 'tag:feature', value: '(none)' }))).toBe('calls without a feature');
  });
});
