import { Command } from 'commander';
import type { Usage } from '../../core/usage.ts';
import { askApi, withQuery } from '../client/api-client.ts';
import type { Connect } from '../client/connect.ts';
import type { Io } from '../io.ts';
import { dollars, moment, mostDecimals, whole } from '../output/amounts.ts';
import { painter } from '../output/style.ts';
import { type Column, formatTable } from '../output/table.ts';
import {
  addFilterOptions,
  addPlaceOptions,
  type FilterOptions,
  filterQuery,
  type PlaceOptions,
  wholeNumber,
} from './options.ts';

interface Options extends PlaceOptions, FilterOptions {
  readonly by: string;
  readonly limit: number;
  readonly json?: boolean;
}

interface Sums {
  readonly calls: number;
  readonly errors: number;
  readonly unpricedCalls: number;
  readonly estimatedCalls: number;
  readonly usage: Usage;
  readonly costUsd: string;
}

interface Row extends Sums {
  readonly group: Readonly<Record<string, string | null>>;
}

interface Report {
  readonly from: string;
  readonly to: string;
  readonly groupBy: readonly string[];
  readonly rows: readonly Row[];
  readonly total: Sums;
  readonly overlapping?: boolean;
}

export function spendCommand(io: Io, connect: Connect): Command {
  const command = new Command('spend')
    .summary('what calls cost, summed up')
    .description(
      'Sums what calls cost, by any of day, hour, model, requestedModel, provider, team, user, key, session, dialect, operation, status, errorCode, tag, tag:<name>.',
    )
    .option('-b, --by <dimensions>', 'what to group by, separated by commas', 'model')
    .option('--limit <n>', 'most groups shown; the rest is summed up', wholeNumber(1, 1000), 50)
    .option('--json', 'print JSON for programs');
  addFilterOptions(command, '24h');
  addPlaceOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  infinite-llm spend --by team,model --since 7d
  infinite-llm spend --by day --since 2026-11-01 --until 2026-12-01 --tag feature:search
  infinite-llm spend --by tag:feature --json`,
  );
  return command.action(async (options: Options) => {
    const { by, limit, json } = options;
    const transport = await connect(options);
    try {
      const url = withQuery('/api/v1/spend', { ...filterQuery(options), groupBy: by, limit });
      const report = await askApi<Report>(transport, { method: 'GET', url }, io.signal);
      io.out(json ? `${JSON.stringify(report, null, 2)}\n` : describeSpend(report, io.color));
    } finally {
      await transport.close();
    }
  });
}

/** The report as people read it, with exact dollars. */
export function describeSpend(report: Report, color: boolean): string {
  const paint = painter(color);
  const { from, to, groupBy, rows, total, overlapping } = report;
  const span = paint('dim', `${moment(from)} to ${moment(to)} UTC\n`);
  if (total.calls === 0) return `${span}No calls.\n`;
  const groups: Column<Row>[] = groupBy.map((name) => ({
    title: name,
    value: ({ group }) => group[name] ?? '–',
    most: 40,
  }));
  const number = (title: string, value: (row: Row) => string): Column<Row> => ({
    title,
    value,
    align: 'right',
  });
  const places = mostDecimals([...rows, total].map(({ costUsd }) => costUsd));
  const columns: Column<Row>[] = [
    ...groups,
    number('calls', ({ calls }) => whole(calls)),
    number('errors', ({ errors }) => whole(errors)),
    number('input', ({ usage }) => whole(usage.input)),
    number('cached', ({ usage }) => whole(usage.cacheRead)),
    number('output', ({ usage }) => whole(usage.output)),
    number('cost', ({ costUsd }) => dollars(costUsd, places)),
  ];
  const last: Row = {
    ...total,
    group: Object.fromEntries(groupBy.map((name, at) => [name, at === 0 ? 'total' : ''])),
  };
  const table = formatTable(columns, groupBy.length === 0 ? [last] : [...rows, last], paint);
  return (
    span +
    table +
    notes(total, overlapping === true)
      .map((note) => `${paint('yellow', note)}\n`)
      .join('')
  );
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
