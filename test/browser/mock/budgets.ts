import type { Budget } from '../../../web/src/api/types.ts';
import { MOCK_PEOPLE } from './models.ts';

/** Budgets of the teams, of one key, and of everything: one full, one nearly, and one that slides. */
export function mockBudgets(now: number): Budget[] {
  const date = new Date(now);
  const month = (ahead: number): string =>
    new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + ahead)).toISOString();
  const budget = (limit: number, spent: number, reserved: number, change: Partial<Budget>): Budget => ({
    name: 'team',
    by: 'team',
    value: null,
    valueName: null,
    limitUsd: limit.toFixed(6),
    spentUsd: spent.toFixed(6),
    reservedUsd: reserved.toFixed(6),
    leftUsd: (limit - spent - reserved).toFixed(6),
    window: 'month',
    startsAt: month(0),
    resetsAt: month(1),
    degradeTo: null,
    ...change,
  });
  const teams = [...new Set(MOCK_PEOPLE.map(({ team }) => team))];
  return [
    budget(1000, 131.427727, 0.412, { name: 'everything', by: 'all' }),
    ...teams.map((team, index) =>
      budget(50, [38.112204, 50.004417, 9.000018, 41.41][index % 4] ?? 0, 0.25 * index, {
        value: team ?? '(none)',
        degradeTo: index === 1 ? 'fast' : null,
      }),
    ),
    budget(50, 38.112204, 0.05, {
      name: 'of the key search-prod',
      by: 'key',
      value: MOCK_PEOPLE.find(({ keyId }) => keyId !== null)?.keyId ?? '',
      valueName: 'search-prod',
    }),
    budget(2, 0.4, 0, {
      name: 'of the key ci',
      by: 'key',
      value: '0192f000-0000-7000-8000-00000000000f',
      valueName: 'ci',
      window: 'any 1 d',
      startsAt: new Date(now - 86_400_000).toISOString(),
      resetsAt: null,
    }),
  ];
}
