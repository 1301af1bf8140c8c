import type { Command } from 'commander';
import type { Usage } from '../../core/usage.ts';
import type { Connect } from '../client/connect.ts';
import type { Io } from '../io.ts';
import { dollars, mostDecimals, whole } from '../output/amounts.ts';
import { painter } from '../output/style.ts';
import { type Report, reportCommand, reportTable, spanLine } from './report.ts';

interface Sums {
  readonly calls: number;
  readonly errors: number;
  readonly unpricedCalls: number;
  readonly estimatedCalls: number;
  readonly usage: Usage;
  readonly costUsd: string;
}

export function spendCommand(io: Io, connect: Connect): Command {
  return reportCommand<Report<Sums>>(
    {
      name: 'spend',
      summary: 'what calls cost, summed up',
      description:
        'Sums what calls cost, by any of day, hour, model, requestedModel, provider, team, user, key, session, dialect, operation, status, errorCode, tag, tag:<name>.',
      by: 'model',
      examples: [
        'spend --by team,model --since 7d',
        'spend --by day --since 2026-11-01 --until 2026-12-01 --tag feature:search',
        'spend --by tag:feature --json',
      ],
      describe: describeSpend,
    },
    io,
    connect,
  );
}

/** The report as people read it, with exact dollars. */
export function describeSpend(report: Report<Sums>, color: boolean): string {
  const paint = painter(color);
  const { rows, total, overlapping } = report;
  const span = spanLine(report, paint);
  if (total.calls === 0) return `${span}No calls.\n`;
  const places = mostDecimals([...rows, total].map(({ costUsd }) => costUsd));
  const table = reportTable(
    report,
    [
      ['calls', ({ calls }) => whole(calls)],
      ['errors', ({ errors }) => whole(errors)],
      ['input', ({ usage }) => whole(usage.input)],
      ['cached', ({ usage }) => whole(usage.cacheRead)],
      ['output', ({ usage }) => whole(usage.output)],
      ['cost', ({ costUsd }) => dollars(costUsd, places)],
    ],
    paint,
  );
  const remarks = notes(total, overlapping === true).map((note) => `${paint('yellow', note)}\n`);
  return span + table + remarks.join('');
}

function notes(total: Sums, overlapping: boolean): string[] {
  const { unpricedCalls, estimatedCalls } = total;
  return [
    ...(unpricedCalls > 0
      ? [
          `${whole(unpricedCalls)} calls have no known price and are not in the cost; set one under prices.rules.`,
        ]
      : []),
    ...(estimatedCalls > 0
      ? [
          `The tokens of ${whole(estimatedCalls)} calls were counted by the gateway, not told by the provider.`,
        ]
      : []),
    ...(overlapping ? ['A call may be in several rows, so the rows do not add up to the total.'] : []),
  ];
}
