import { z } from 'zod';
import { isoTime, usd } from './amounts.ts';

export const budgetState = z
  .object({
    name: z.string(),
    by: z.string().describe('Whom it is kept for: all, key, team, user, provider, model or tag:NAME.'),
    value: z.string().nullable().describe('The key, team, … in question; null for all calls together.'),
    valueName: z.string().nullable().describe('The name of the key; null for what is its own name.'),
    limitUsd: usd,
    spentUsd: usd,
    reservedUsd: usd.describe('Held back for calls under way.'),
    leftUsd: usd.describe('Negative when calls cost more than could be told before.'),
    window: z.string(),
    startsAt: isoTime.describe('Since when calls count.'),
    resetsAt: isoTime.nullable().describe('Null for a sliding window.'),
    degradeTo: z.string().nullable().describe('The alias that calls go to beyond it.'),
  })
  .meta({ id: 'Budget' });

export const budgetList = z.object({ budgets: z.array(budgetState) });
