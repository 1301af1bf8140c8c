import { Command } from 'commander';
import type { Io } from '../io.ts';
import { wholeNumber } from './options.ts';

interface Options {
  readonly port: number;
}

export function demoCommand(io: Io): Command {
  const command = new Command('demo')
    .summary('look around with simulated calls')
    .description(
      'Runs the gateway with a simulated provider and a few thousand varied calls, so that the dashboard has something to show. Nothing leaves this machine, and nothing is kept.',
    )
    .option('-p, --port <n>', 'port to listen on; 0 picks a free one', wholeNumber(0, 65_535), 8787);
  command.addHelpText(
    'after',
    `
Example:
  infinite-llm demo`,
  );
  return command.action(async (options: Options) => {
    const { demo } = await import('../serve/demo.ts');
    await demo(options, io);
  });
}
