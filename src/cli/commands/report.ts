import { Command } from 'commander';
import { askApi, withQuery } from '../client/api-client.ts';
import type { Connect } from '../client/connect.ts';
import type { Io } from '../io.ts';
import { moment } from '../output/amounts.ts';
import type { Paint } from '../output/style.ts';
import { type Column, formatTable } from '../output/table.ts';
import { connected } from './connected.ts';
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

interface Grouped {
  readonly group: Readonly<Record<string, string | null>>;
}

/** Sums over the ledger as the API gives them, by groups. */
export interface Report<Sums, Total extends Sums = Sums> {
  readonly from: string;
  readonly to: string;
  readonly groupBy: readonly string[];
  readonly rows: readonly (Sums & Grouped)[];
  readonly total: Total;
  readonly overlapping?: boolean;
  readonly sampled?: boolean;
}

interface ReportCommand<R> {
  /** Of the command, and of the API's route. */
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** What it is grouped by unless asked otherwise. */
  readonly by: string;
  readonly examples: readonly string[];
  readonly describe: (report: R, color: boolean) => string;
}

/** A command that sums something up over a span of time, by groups. */
export function reportCommand<R>(
  { name, summary, description, by: usualBy, examples, describe }: ReportCommand<R>,
  io: Io,
  connect: Connect,
): Command {
  const command = new Command(name)
    .summary(summary)
    .description(description)
    .option('-b, --by <dimensions>', 'what to group by, separated by commas', usualBy)
    .option('--limit <n>', 'most groups shown; the rest is summed up', wholeNumber(1, 1000), 50)
    .option('--json', 'print JSON for programs');
  addFilterOptions(command, '24h');
  addPlaceOptions(command);
  command.addHelpText('after', `\nExamples:\n${examples.map((each) => `  infinite-llm ${each}`).join('\n')}`);
  return command.action(async (options: Options) => {
    const { by, limit, json } = options;
    await connected(connect, options, async (transport) => {
      const url = withQuery(`/api/v1/${name}`, { ...filterQuery(options), groupBy: by, limit });
      const report = await askApi<R>(transport, { method: 'GET', url }, io.signal);
      io.out(json ? `${JSON.stringify(report, null, 2)}\n` : describe(report, io.color));
    });
  });
}

export function spanLine({ from, to }: { readonly from: string; readonly to: string }, paint: Paint): string {
  return paint('dim', `${moment(from)} to ${moment(to)} UTC\n`);
}

/** The groups with their numbers, and a last row of the whole. */
export function reportTable<Sums, Total extends Sums>(
  { groupBy, rows, total }: Report<Sums, Total>,
  numbers: readonly (readonly [title: string, value: (row: Sums) => string])[],
  paint: Paint,
): string {
  type Row = Sums & Grouped;
  const columns: Column<Row>[] = [
    ...groupBy.map((title) => ({ title, value: ({ group }: Row) => group[title] ?? '–', most: 40 })),
    ...numbers.map(([title, value]) => ({ title, value, align: 'right' as const })),
  ];
  const group = Object.fromEntries(groupBy.map((name, at) => [name, at === 0 ? 'total' : '']));
  const last: Row = { ...total, group };
  return formatTable(columns, groupBy.length === 0 ? [last] : [...rows, last], paint);
}
