import { Command } from 'commander';
import type { RouteExperiment, RouteModel } from '../../api/index.ts';
import { askApi } from '../client/api-client.ts';
import type { Connect } from '../client/connect.ts';
import type { Io } from '../io.ts';
import { dollars, whole } from '../output/amounts.ts';
import { painter } from '../output/style.ts';
import { type Column, formatTable } from '../output/table.ts';
import { connected } from './connected.ts';
import { addPlaceOptions, type PlaceOptions } from './options.ts';
import { routeTrainCommand } from './route-train.ts';

interface Options extends PlaceOptions {
  readonly json?: boolean;
}

export function routeCommand(io: Io, connect: Connect): Command {
  const route = new Command('route')
    .summary('what routing knows and tries out')
    .description(
      'What calls are routed by: price, latency, success and quality of each target; and experiments.',
    );
  route.addHelpText(
    'after',
    `
Examples:
  infinite-llm route models
  infinite-llm route experiments --json
  infinite-llm route train outcomes.csv --name gpt-4o=openai/gpt-4o`,
  );
  route.addCommand(modelsCommand(io, connect));
  route.addCommand(experimentsCommand(io, connect));
  route.addCommand(routeTrainCommand(io));
  return route;
}

function modelsCommand(io: Io, connect: Connect): Command {
  const command = new Command('models')
    .description('Lists the targets with what is known of each.')
    .option('--json', 'print JSON for programs');
  addPlaceOptions(command);
  return command.action(async (options: Options) => {
    const { models } = await ask<{ models: readonly RouteModel[] }>(io, connect, options, 'models');
    if (options.json) return io.out(`${JSON.stringify({ models }, null, 2)}\n`);
    io.out(
      models.length === 0
        ? 'No targets yet: no alias is configured and nothing was called.\n'
        : describeModels(models, io),
    );
  });
}

function experimentsCommand(io: Io, connect: Connect): Command {
  const command = new Command('experiments')
    .description('Lists canaries and A/B tests, running and ended.')
    .option('--json', 'print JSON for programs');
  addPlaceOptions(command);
  return command.action(async (options: Options) => {
    const { experiments } = await ask<{ experiments: readonly RouteExperiment[] }>(
      io,
      connect,
      options,
      'experiments',
    );
    if (options.json) return io.out(`${JSON.stringify({ experiments }, null, 2)}\n`);
    io.out(
      experiments.length === 0 ? 'No experiments had calls yet.\n' : describeExperiments(experiments, io),
    );
  });
}

async function ask<Body>(io: Io, connect: Connect, options: Options, what: string): Promise<Body> {
  const request = { method: 'GET', url: `/api/v1/route/${what}` } as const;
  return await connected(connect, options, (transport) => askApi<Body>(transport, request, io.signal));
}

function describeModels(models: readonly RouteModel[], { color }: Io): string {
  const number = (title: string, value: (row: RouteModel) => string): Column<RouteModel> => ({
    title,
    value,
    align: 'right',
  });
  return formatTable(
    [
      { title: 'target', value: ({ target }) => target, most: 60 },
      number('$ in/M', ({ inputUsd }) => dollars(inputUsd)),
      number('$ out/M', ({ outputUsd }) => dollars(outputUsd)),
      number('TTFT p50', ({ ttftMs }) => msOf(ttftMs?.p50)),
      number('p95', ({ ttftMs }) => msOf(ttftMs?.p95)),
      number('total p50', ({ totalMs }) => msOf(totalMs?.p50)),
      number('p95', ({ totalMs }) => msOf(totalMs?.p95)),
      number('success', ({ successRate }) => (successRate === null ? '–' : percent(successRate))),
      number('output', ({ outputTokens }) => (outputTokens === null ? '–' : whole(Math.round(outputTokens)))),
      {
        title: 'quality (at least)',
        value: ({ quality }) =>
          quality.map(({ lower, mean, task }) => `${task} ${percent(mean)} (${percent(lower)})`).join(', '),
        most: 80,
      },
      {
        title: 'state',
        value: ({ state }) => state,
        tone: ({ state }) => (state === 'ready' ? 'green' : 'yellow'),
      },
    ],
    models,
    painter(color),
  );
}

function describeExperiments(experiments: readonly RouteExperiment[], { color }: Io): string {
  const meanOf = (mean: number | null): string => (mean === null ? '–' : mean.toPrecision(4));
  return formatTable(
    [
      { title: 'experiment', value: ({ key }) => key, most: 60 },
      { title: 'metric', value: ({ metric }) => metric },
      { title: 'status', value: ({ status }) => status },
      { title: 'a', align: 'right', value: ({ a }) => whole(a.outcomes) },
      { title: 'mean', align: 'right', value: ({ a }) => meanOf(a.mean) },
      { title: 'b', align: 'right', value: ({ b }) => whole(b.outcomes) },
      { title: 'mean', align: 'right', value: ({ b }) => meanOf(b.mean) },
      {
        title: 'evidence',
        align: 'right',
        value: ({ likelihoodRatio, stopsAt }) => `${likelihoodRatio.toPrecision(3)} of ${stopsAt}`,
      },
      { title: 'goes to', value: ({ b }) => b.target, most: 60 },
    ],
    experiments,
    painter(color),
  );
}

function msOf(ms: number | undefined): string {
  return ms === undefined ? '–' : `${whole(Math.round(ms))} ms`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
