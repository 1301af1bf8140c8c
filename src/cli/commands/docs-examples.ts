import { Command } from 'commander';
import type { ListedExample } from '../../core/examples.ts';
import { askApi, withQuery } from '../client/api-client.ts';
import type { Connect } from '../client/connect.ts';
import type { Io } from '../io.ts';
import { moment } from '../output/amounts.ts';
import { painter, printable } from '../output/style.ts';
import { formatTable } from '../output/table.ts';
import { connected } from './connected.ts';
import { addPlaceOptions, type PlaceOptions, wholeNumber } from './options.ts';

interface Options extends PlaceOptions {
  readonly alias?: string;
  readonly task?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function examplesCommand(io: Io, connect: Connect): Command {
  const command = new Command('examples')
    .description(
      'Lists the well-rated calls that models are shown as examples, where the configuration says "ground: { examples: {} }".',
    )
    .option('--alias <name>', 'only of calls that asked for this alias or model')
    .option('--task <name>', 'only of this task')
    .option('--limit <n>', 'the newest so many', wholeNumber(1, 200), 50)
    .option('--json', 'print JSON for programs, with the whole texts');
  addPlaceOptions(command);
  return command.action(async (options: Options) => {
    await connected(connect, options, async (transport) => {
      const { alias, task, limit, json } = options;
      const url = withQuery('/api/v1/examples', { alias, task, limit });
      const { examples } = await askApi<{ examples: ListedExample[] }>(
        transport,
        { method: 'GET', url },
        io.signal,
      );
      if (json) return io.out(`${JSON.stringify(examples, null, 2)}\n`);
      io.out(
        examples.length === 0
          ? 'No examples. A call becomes one when it is rated well: POST /api/v1/feedback.\n'
          : describeExamples(examples, io.color),
      );
    });
  });
}

function describeExamples(examples: readonly ListedExample[], color: boolean): string {
  return formatTable(
    [
      { title: 'asked for', value: ({ requestedModel }) => requestedModel, most: 24 },
      { title: 'task', value: ({ task }) => task, most: 16 },
      { title: 'rating', align: 'right', value: ({ rating }) => rating.toFixed(2) },
      { title: 'question', value: ({ question }) => oneLine(question), most: 40 },
      { title: 'answer', value: ({ answer }) => oneLine(answer), most: 40 },
      { title: 'made (UTC)', value: ({ startedAt }) => moment(startedAt) },
      { title: 'call', value: ({ callId }) => callId },
    ],
    examples,
    painter(color),
  );
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

export function removeExampleCommand(io: Io, connect: Connect): Command {
  const command = new Command('remove-example')
    .description('Shows a call as an example no more. The call and its rating stay.')
    .argument('<call>', 'the call’s id, from "docs examples"');
  addPlaceOptions(command);
  return command.action(async (call: string, options: PlaceOptions) => {
    await connected(connect, options, async (transport) => {
      const url = `/api/v1/examples/${encodeURIComponent(call)}`;
      await askApi(transport, { method: 'DELETE', url }, io.signal);
      io.out(`${printable(call)} is no example any more.\n`);
    });
  });
}
