import { z } from 'zod';
import {
  type AdmissionSettings,
  type BudgetRule,
  type BudgetWindow,
  type LimitBy,
  NO_ADMISSION,
  type RateRule,
} from '../../../core/admission.ts';
import { didYouMean } from '../../../core/nearest.ts';
import { decimal, duration } from '../amounts.ts';
import type { Findings } from '../findings.ts';

const BY = /^(all|key|team|user|provider|model|tag:[^\s:]+)$/;
const PER = ['hour', 'day', 'week', 'month'] as const;
/** What counters hold exactly, in billionths. */
const MOST_USD = 9_000_000;
const whole = z.number().int().min(1).max(1_000_000_000);

const common = {
  name: z
    .string()
    .min(1)
    .max(60)
    .optional()
    .describe('For messages and reports; made from "by" when left out.'),
  by: z
    .string()
    .regex(BY, 'must be all, key, team, user, provider, model or tag:NAME')
    .prefault('all')
    .describe(
      'Each key, team, user, provider, model or value of a tag has a limit of its own; all: one for all calls.',
    ),
  only: z
    .string()
    .min(1)
    .optional()
    .describe('The one value of "by" that it is for, such as a team; each when left out.'),
};

const sharedDown = z.enum(['closed', 'open']);

const budget = z
  .strictObject({
    ...common,
    limitUsd: decimal.describe('Dollars that may be spent.'),
    per: z.enum(PER).optional().describe('A fixed span in UTC: hour, day, week (from Monday) or month.'),
    timezone: z
      .string()
      .refine(isTimezone, 'must be the name of a time zone, such as "Europe/Berlin"')
      .optional()
      .describe('Whose midnights a day, week or month begins at; UTC when left out.'),
    window: duration.optional().describe('A sliding span instead, such as "24h".'),
    degradeTo: z
      .string()
      .min(1)
      .optional()
      .describe('The alias that calls go to when there is no room for them; they are refused when left out.'),
    degradeLimitUsd: decimal
      .optional()
      .describe(
        'What may be spent with calls to that alias included; when left out, this budget does not bound them.',
      ),
    unpriced: z
      .enum(['allow', 'refuse'])
      .prefault('refuse')
      .describe('Calls to models of unknown price: refused, or counted as assumedUsd.'),
    assumedUsd: decimal
      .prefault('0.01')
      .describe(
        'Dollars reserved where no bound is known: other endpoints of a provider, machines paid by the hour.',
      ),
    sharedDown: sharedDown
      .prefault('closed')
      .describe('While Redis cannot be reached, calls are refused (closed) or let through uncounted (open).'),
  })
  .describe('A limit on what calls may cost. What a call may cost at most is reserved before it is sent.');

const rateLimit = z
  .strictObject({
    ...common,
    requestsPerMinute: whole.optional(),
    tokensPerMinute: whole.optional().describe('Input and output together.'),
    concurrency: whole.optional().describe('Calls at once.'),
    sharedDown: sharedDown
      .prefault('open')
      .describe('While Redis cannot be reached, calls are refused (closed) or let through uncounted (open).'),
  })
  .describe('A limit on how often calls are made.');

/** Sections that stand at the top only. */
export const admissionSections = {
  budgets: z.array(budget).prefault([]).describe('What calls may cost.'),
  rateLimits: z.array(rateLimit).prefault([]).describe('How often calls may be made.'),
  assumedOutputTokens: z
    .number()
    .int()
    .min(1)
    .max(10_000_000)
    .prefault(NO_ADMISSION.assumedOutputTokens)
    .describe('Under a budget, the maximum of output for calls that ask for none.'),
};

interface Entries {
  readonly budgets: readonly z.output<typeof budget>[];
  readonly rateLimits: readonly z.output<typeof rateLimit>[];
  readonly assumedOutputTokens: number;
}

export function buildAdmission(
  { budgets, rateLimits, assumedOutputTokens }: Entries,
  { aliases, findings }: { readonly aliases: readonly string[]; readonly findings: Findings },
): AdmissionSettings {
  return {
    budgets: budgets.map((entry, index) => buildBudget(entry, index, budgets, aliases, findings)),
    rateLimits: rateLimits.map((entry, index) => buildRate(entry, index, rateLimits, findings)),
    assumedOutputTokens,
  };
}

function buildBudget(
  entry: Entries['budgets'][number],
  index: number,
  all: Entries['budgets'],
  aliases: readonly string[],
  findings: Findings,
): BudgetRule {
  const at = ['budgets', index];
  const { by, only = null, limitUsd, per, window, timezone, degradeTo = null, ...rest } = entry;
  const { degradeLimitUsd = null, unpriced, assumedUsd, sharedDown: down } = rest;
  if (per !== undefined && window !== undefined)
    findings.error(at, 'has both "per" and "window"', 'Keep one: "per" is fixed, "window" slides.');
  if (degradeTo !== null && !aliases.includes(degradeTo))
    findings.error(
      [...at, 'degradeTo'],
      `no alias is called ${JSON.stringify(degradeTo)}`,
      didYouMean(degradeTo, aliases) || 'Add it to "models".',
    );
  if (window !== undefined && (window < 60_000 || window > 31 * 86_400_000))
    findings.error(
      [...at, 'window'],
      'is not between one minute and 31 days',
      'Use "per: month" for longer.',
    );
  if (timezone !== undefined && (window !== undefined || per === 'hour'))
    findings.error([...at, 'timezone'], 'is for days, weeks and months only', 'Remove it.');
  if (degradeLimitUsd !== null && degradeTo === null)
    findings.error([...at, 'degradeLimitUsd'], 'needs "degradeTo"', 'Add the alias, or remove it.');
  if (degradeLimitUsd !== null && Number(degradeLimitUsd) < Number(limitUsd))
    findings.error([...at, 'degradeLimitUsd'], 'is less than limitUsd', 'It includes what was spent before.');
  for (const [field, value] of Object.entries({ limitUsd, degradeLimitUsd }))
    if (Number(value ?? 0) > MOST_USD)
      findings.error([...at, field], `is more than ${MOST_USD} dollars`, 'Make it smaller.');
  const span: BudgetWindow =
    window === undefined
      ? { kind: 'fixed', unit: per ?? 'month', ...(timezone !== undefined && { timezone }) }
      : { kind: 'sliding', ms: window };
  return {
    name: nameOf(entry, all, at, findings),
    by: by as LimitBy,
    only,
    limitUsd,
    window: span,
    degradeTo,
    degradeLimitUsd,
    unpriced,
    assumedUsd,
    sharedDown: down,
  };
}

function buildRate(
  entry: Entries['rateLimits'][number],
  index: number,
  all: Entries['rateLimits'],
  findings: Findings,
): RateRule {
  const at = ['rateLimits', index];
  const { by, only = null, requestsPerMinute = null, tokensPerMinute = null, ...rest } = entry;
  const { concurrency = null, sharedDown: down } = rest;
  if (requestsPerMinute === null && tokensPerMinute === null && concurrency === null)
    findings.error(at, 'limits nothing', 'Add requestsPerMinute, tokensPerMinute or concurrency.');
  const name = nameOf(entry, all, at, findings);
  return {
    name,
    by: by as LimitBy,
    only,
    requestsPerMinute,
    tokensPerMinute,
    concurrency,
    sharedDown: down,
  };
}

function nameOf(
  entry: { readonly name?: string | undefined; readonly by: string; readonly only?: string | undefined },
  all: readonly {
    readonly name?: string | undefined;
    readonly by: string;
    readonly only?: string | undefined;
  }[],
  at: readonly (string | number)[],
  findings: Findings,
): string {
  const called = (each: typeof entry): string =>
    each.name ?? (each.only === undefined ? each.by : `${each.by} ${each.only}`);
  const name = called(entry);
  if (all.filter((each) => called(each) === name).length > 1)
    findings.error(
      [...at],
      `shares the name ${JSON.stringify(name)} with another`,
      'Give each a "name" of its own.',
    );
  return name;
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
