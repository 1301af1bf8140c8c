import { Command } from 'commander';
import type { CallRecord } from '../../core/record.ts';
import { askApi, followApi, withQuery } from '../client/api-client.ts';
import type { Connect } from '../client/connect.ts';
import type { Io } from '../io.ts';
import { dollars, moment, mostDecimals, time, whole } from '../output/amounts.ts';
import { type Paint, painter, printable } from '../output/style.ts';
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
  readonly limit: number;
  readonly follow?: boolean;
  readonly json?: boolean;
}

type CallView = Omit<CallRecord, 'decisions' | 'costParts' | 'requestBody' | 'responseBody'>;

const PAGE = 500;

export function callsCommand(io: Io, connect: Connect): Command {
  const command = new Command('calls')
    .summary('the last calls, or calls as they finish')
    .description('Lists calls, the newest first; with --follow, calls as they finish.')
    .option('-n, --limit <n>', 'most calls shown', wholeNumber(1, 100_000), 20)
    .option('-f, --follow', 'keep printing calls as they finish')
    .option('--json', 'print JSON for programs, one call a line');
  addFilterOptions(command, '7d');
  addPlaceOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  infinite-llm calls --status error --since 1h
  infinite-llm calls --follow --team search
  infinite-llm calls --limit 5000 --json | jq .costUsd`,
  );
  return command.action(async (options: Options) => {
    const transport = await connect(options);
    const print = options.json ? printJson : printTable;
    try {
      if (options.follow) await follow(options);
      else print(await list(options));
    } finally {
      await transport.close();
    }

    async function list({ limit, ...filters }: Options): Promise<CallView[]> {
      const calls: CallView[] = [];
      let cursor: string | null = null;
      do {
        const page = { limit: Math.min(PAGE, limit - calls.length), cursor: cursor ?? undefined };
        const url = withQuery('/api/v1/calls', { ...filterQuery(filters), ...page });
        const answer: { calls: CallView[]; nextCursor: string | null } = await askApi(
          transport,
          { method: 'GET', url },
          io.signal,
        );
        calls.push(...answer.calls);
        cursor = answer.nextCursor;
      } while (cursor !== null && calls.length < limit);
      return calls;
    }

    async function follow(filters: Options): Promise<void> {
      const { from: _from, ...query } = filterQuery(filters);
      const paint = painter(io.color);
      try {
        for await (const data of followApi(transport, withQuery('/api/v1/calls/stream', query), io.signal))
          io.out(options.json ? `${data}\n` : `${oneLine(JSON.parse(data) as CallView, paint)}\n`);
      } catch (error) {
        if (!io.signal.aborted) throw error;
      }
    }
  });

  function printJson(calls: readonly CallView[]): void {
    for (const call of calls) io.out(`${JSON.stringify(call)}\n`);
  }

  function printTable(calls: readonly CallView[]): void {
    io.out(calls.length === 0 ? 'No calls.\n' : formatTable(columnsFor(calls), calls, painter(io.color)));
  }
}

function columnsFor(calls: readonly CallView[]): Column<CallView>[] {
  const places = mostDecimals(calls.map(({ costUsd }) => costUsd));
  return [
    { title: 'time (UTC)', value: ({ startedAt }) => moment(startedAt) },
    { title: 'status', value: statusOf, tone: ({ status }) => (status === 'ok' ? 'green' : 'red') },
    { title: 'model', value: modelOf, most: 44 },
    { title: 'caller', value: callerOf, most: 30 },
    { title: 'input', align: 'right', value: ({ usage }) => whole(usage.input) },
    { title: 'cached', align: 'right', value: ({ usage }) => whole(usage.cacheRead) },
    { title: 'output', align: 'right', value: ({ usage }) => whole(usage.output) },
    { title: 'cost', align: 'right', value: ({ costUsd }) => dollars(costUsd, places) },
    { title: 'first', align: 'right', value: ({ ttftMs }) => time(ttftMs) },
    { title: 'total', align: 'right', value: ({ totalMs }) => time(totalMs) },
    { title: 'id', value: ({ id }) => id },
  ];
}

/** One call as it finishes: a stream has no table to be aligned in. */
function oneLine(call: CallView, paint: Paint): string {
  const status = paint(call.status === 'ok' ? 'green' : 'red', statusOf(call));
  const tokens = `${whole(call.usage.input)}+${whole(call.usage.output)} tokens`;
  const what = printable(
    `${modelOf(call)}  ${tokens}  ${dollars(call.costUsd)}  ${time(call.totalMs)}  ${callerOf(call)}`,
  );
  return `${moment(call.startedAt)}  ${status}  ${what}  ${paint('dim', call.id)}`;
}

function statusOf({ status, errorCode }: CallView): string {
  return errorCode ?? status;
}

function modelOf({ target, requestedModel }: CallView): string {
  return target ? `${target.provider}/${target.model}` : requestedModel;
}

function callerOf({ team, user, keyName }: CallView): string {
  return [team, user ?? keyName].filter((name) => name !== null).join('/') || '–';
}
