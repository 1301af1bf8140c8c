import { Command } from 'commander';
import type { Io } from '../io.ts';
import { wholeNumber } from './options.ts';

interface Options {
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
  readonly data?: string;
  readonly workers: number;
}

export function serveCommand(io: Io): Command {
  const command = new Command('serve')
    .summary('run the gateway, its API and its dashboard')
    .description('Runs the gateway, the management API and the dashboard on one port.')
    .option('-c, --config <file>', 'configuration (./infinite-llm.yaml if there is one)')
    .option('-p, --port <n>', 'port to listen on (8787); 0 picks a free one', wholeNumber(0, 65_535))
    .option('--host <address>', 'address to listen on (127.0.0.1)')
    .option(
      '-d, --data <dir>',
      'data directory, for the embedded store and what else is local (./infinite-llm-data)',
    )
    .option('-w, --workers <n>', 'processes that share the port', wholeNumber(1, 256), 1);
  command.addHelpText(
    'after',
    `
Examples:
  infinite-llm serve
  infinite-llm serve --config /etc/infinite-llm.yaml --workers 4
  OPENAI_API_KEY=… infinite-llm serve --port 9000 --data /var/lib/infinite-llm

The configuration is read again when its file changes, and on SIGHUP. SIGTERM and SIGINT let calls in flight finish.`,
  );
  return command.action(async (options: Options) => {
    const { serve } = await import('../serve/serve.ts');
    await serve(options, io);
  });
}
