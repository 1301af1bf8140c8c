import { Command } from 'commander';
import type { BudgetState } from '../../core/admission.ts';
import { askApi } from '../client/api-client.ts';
import type { Connect } from '../client/connect.ts';
import type { Io } from '../io.ts';
import { dollars, moment } from '../output/amounts.ts';
import { painter } from '../output/style.ts';
import { formatTable } from '../output/table.ts';
import { connected } from './connected.ts';
import { addPlaceOptions, type PlaceOptions } from './options.ts';

interface Options extends PlaceOptions {
  readonly json?: boolean;
}

export function budgetsCommand(io: Io, connect: Connect): Command {
  const command = new Command('budgets')
    .summary('budgets: spent, held back, left')
    .description(
      'Shows the budgets of a running gateway. They are set in infinite-llm.yaml, such as "budgets: [{ by: team, limitUsd: 100, per: month }]".',
    )
    .option('--json', 'print JSON for programs');
  addPlaceOptions(command);
  return command.action(async (options: Options) => {
    await connected(connect, options, async (transport) => {
      const request = { method: 'GET', url: '/api/v1/budgets' } as const;
      const { budgets } = await askApi<{ budgets: BudgetState[] }>(transport, request, io.signal);
      if (options.json) return io.out(`${JSON.stringify(budgets, null, 2)}\n`);
      io.out(
        budgets.length === 0
          ? 'No budget is set, or nothing counts against one yet. Set one in infinite-llm.yaml: "budgets: [{ by: team, limitUsd: 100, per: month }]".\n'
          : describeBudgets(budgets, io.color),
      );
    });
  });
}

function describeBudgets(budgets: readonly BudgetState[], color: boolean): string {
  return formatTable(
    [
      { title: 'budget', value: ({ name }) => name, most: 30 },
      {
        title: 'for',
        value: ({ by, value, valueName }) => (value === null ? by : `${by} ${valueName ?? value}`),
        most: 40,
      },
      { title: 'limit', align: 'right', value: ({ limitUsd }) => dollars(limitUsd) },
      { title: 'per', value: ({ window }) => window },
      { title: 'spent', align: 'right', value: ({ spentUsd }) => dollars(spentUsd) },
      { title: 'held back', align: 'right', value: ({ reservedUsd }) => dollars(reservedUsd) },
      { title: 'left', align: 'right', value: ({ leftUsd }) => dollars(leftUsd) },
      {
        title: 'resets (UTC)',
        value: ({ resetsAt }) => (resetsAt === null ? 'slides' : moment(resetsAt)),
      },
    ],
    budgets,
    painter(color),
  );
}
