import { Command } from 'commander';
import { picoFromUsd } from '../../core/money.ts';
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
  readonly savedUsd: string;
}

interface Row extends Sums {
  readonly group: Readonly<Record<string, string | null>>;
}

interface Report {
  readonly from: string;
  readonly to: string;
  readonly groupBy: readonly string[];
  readonly rows: readonly Row[];
  readonly total: Sums & { readonly spentUsd: string; readonly withoutUsd: string };
  readonly overlapping?: boolean;
  readonly sampled?: boolean;
}

export function savingsCommand(io: Io, connect: Connect): Command {
  const command = new Command('savings')
    .summary('what the levers saved, summed up')
    .description(
      'Sums what the levers (cache, compress, route, …) saved, by any of lever, day, hour, model, requestedModel, provider, team, user, key, and as spend, beside the bill of the same calls.',
    )
    .option('-b, --by <dimensions>', 'what to group by, separated by commas', 'lever')
    .option('--limit <n>', 'most groups shown; the rest is summed up', wholeNumber(1, 1000), 50)
    .option('--json', 'print JSON for programs');
  addFilterOptions(command, '24h');
  addPlaceOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  infinite-llm savings --by lever --since 7d
  infinite-llm savings --by team --lever cache --since 30d
  infinite-llm savings --by day,lever --since 2026-11-01 --json`,
  );
  return command.action(async (options: Options) => {
    const { by, limit, json } = options;
    const transport = await connect(options);
    try {
      const url = withQuery('/api/v1/savings', { ...filterQuery(options), groupBy: by, limit });
      const report = await askApi<Report>(transport, { method: 'GET', url }, io.signal);
      io.out(json ? `${JSON.stringify(report, null, 2)}\n` : describeSavings(report, io.color));
    } finally {
      await transport.close();
    }
  });
}

/** The report as people read it, with exact dollars. */
export function describeSavings(report: Report, color: boolean): string {
  const paint = painter(color);
  const { from, to, groupBy, rows, total, overlapping, sampled } = report;
  const { spentUsd, withoutUsd } = total;
  const span = paint('dim', `${moment(from)} to ${moment(to)} UTC\n`);
  if (total.calls === 0) return `${span}No call on which a lever's saving is known.\n`;
  const places = mostDecimals([...rows, total].map(({ savedUsd }) => savedUsd));
  const columns: Column<Row>[] = [
    ...groupBy.map(
      (name): Column<Row> => ({
        title: name,
        value: ({ group }) => group[name] ?? '–',
        most: 40,
      }),
    ),
    { title: 'calls', align: 'right', value: ({ calls }) => whole(calls) },
    { title: 'saved', align: 'right', value: ({ savedUsd }) => dollars(savedUsd, places) },
    { title: 'of the bill', align: 'right', value: ({ savedUsd }) => percent(savedUsd, withoutUsd) },
  ];
  const last: Row = {
    ...total,
    group: Object.fromEntries(groupBy.map((name, at) => [name, at === 0 ? 'total' : ''])),
  };
  const table = formatTable(columns, groupBy.length === 0 ? [last] : [...rows, last], paint);
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
