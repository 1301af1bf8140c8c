import type { Command } from 'commander';
import { picoFromUsd } from '../../core/money.ts';
import type { Connect } from '../client/connect.ts';
import type { Io } from '../io.ts';
import { dollars, mostDecimals, whole } from '../output/amounts.ts';
import { painter } from '../output/style.ts';
import { type Report, reportCommand, reportTable, spanLine } from './report.ts';

interface Sums {
  readonly calls: number;
  readonly savedUsd: string;
}

type Savings = Report<Sums, Sums & { readonly spentUsd: string; readonly withoutUsd: string }>;

export function savingsCommand(io: Io, connect: Connect): Command {
  return reportCommand<Savings>(
    {
      name: 'savings',
      summary: 'what the levers saved, summed up',
      description:
        'Sums what the levers (cache, compress, route, …) saved, by any of lever, day, hour, model, requestedModel, provider, team, user, key, and as spend, beside the bill of the same calls.',
      by: 'lever',
      examples: [
        'savings --by lever --since 7d',
        'savings --by team --lever cache --since 30d',
        'savings --by day,lever --since 2026-11-01 --json',
      ],
      describe: describeSavings,
    },
    io,
    connect,
  );
}

/** The report as people read it, with exact dollars. */
export function describeSavings(report: Savings, color: boolean): string {
  const paint = painter(color);
  const { rows, total, overlapping, sampled } = report;
  const { spentUsd, withoutUsd } = total;
  const span = spanLine(report, paint);
  if (total.calls === 0) return `${span}No call on which a lever's saving is known.\n`;
  const places = mostDecimals([...rows, total].map(({ savedUsd }) => savedUsd));
  const table = reportTable(
    report,
    [
      ['calls', ({ calls }) => whole(calls)],
      ['saved', ({ savedUsd }) => dollars(savedUsd, places)],
      ['of the bill', ({ savedUsd }) => percent(savedUsd, withoutUsd)],
    ],
    paint,
  );
  const notes = [
    ...(overlapping
      ? ['Each lever is counted against not using it alone: what several saved on one call may overlap.']
      : []),
    ...(sampled ? ['There are too many calls for this question: only the newest were counted.'] : []),
  ];
  return [
    span,
    table,
    `${dollars(spentUsd)} spent; ${dollars(withoutUsd)} without the levers.\n`,
    ...notes.map((note) => `${paint('yellow', note)}\n`),
  ].join('');
}

/** Of the bill as it would have been. */
function percent(savedUsd: string, withoutUsd: string): string {
  const without = picoFromUsd(withoutUsd);
  if (without <= 0n) return '–';
  return `${((Number(picoFromUsd(savedUsd)) / Number(without)) * 100).toFixed(1)}%`;
}
