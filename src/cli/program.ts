import { Command, CommanderError } from 'commander';
import { ApiFailure } from './client/api-client.ts';
import type { Connect } from './client/connect.ts';
import { budgetsCommand } from './commands/budgets.ts';
import { cacheCommand } from './commands/cache.ts';
import { callCommand } from './commands/call.ts';
import { callsCommand } from './commands/calls.ts';
import { compressCommand } from './commands/compress.ts';
import { configCommand } from './commands/config.ts';
import { demoCommand } from './commands/demo.ts';
import { docsCommand } from './commands/docs.ts';
import { engineCommand } from './commands/engine.ts';
import { keysCommand } from './commands/keys.ts';
import { modelsCommand } from './commands/models.ts';
import { routeCommand } from './commands/route.ts';
import { savingsCommand } from './commands/savings.ts';
import { serveCommand } from './commands/serve.ts';
import { spendCommand } from './commands/spend.ts';
import { ConfigError } from './config/problem.ts';
import { Failure } from './failure.ts';
import type { Io } from './io.ts';
import { packageVersion } from './version.ts';

/** Exit codes: all went well, it failed, it was called wrongly. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** Runs one command line. Returns the exit code; never throws. */
export async function run(argv: readonly string[], io: Io, connect: Connect): Promise<number> {
  try {
    await program(io, connect).parseAsync(argv, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    return report(error, io);
  }
}

function program(io: Io, connect: Connect): Command {
  const root = new Command('infinite-llm')
    .description(
      'See what every LLM call costs and why: a gateway in front of OpenAI, Anthropic, Google and your own servers.',
    )
    .version(packageVersion(), '-V, --version', 'print the version');
  root.addHelpText(
    'after',
    `
Examples:
  infinite-llm serve                                     then use http://127.0.0.1:8787/v1 as your SDK's base URL
  infinite-llm demo                                      look around with simulated calls
  infinite-llm spend --by team,model --since 7d
  infinite-llm keys create my-app --team search

"infinite-llm COMMAND --help" tells more of each.`,
  );
  const commands = [
    serveCommand(io),
    demoCommand(io),
    spendCommand(io, connect),
    savingsCommand(io, connect),
    callsCommand(io, connect),
    callCommand(io, connect),
    keysCommand(io, connect),
    budgetsCommand(io, connect),
    cacheCommand(io, connect),
    docsCommand(io, connect),
    routeCommand(io, connect),
    engineCommand(io),
    compressCommand(io),
    modelsCommand(io),
    configCommand(io),
  ];
  for (const command of commands) root.addCommand(command);
  for (const command of [root, ...descendants(root)])
    command
      .exitOverride()
      .configureOutput({ writeOut: io.out, writeErr: io.err })
      .showHelpAfterError('(add --help for its options)');
  return root;
}

function descendants(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...descendants(child)]);
}

function report(error: unknown, io: Io): number {
  // Commander has said by itself what was wrong; asking for help is no failure.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (io.signal.aborted) return EXIT.failed;
  if (error instanceof ConfigError) {
    io.err(`${error.message}\n`);
    return EXIT.failed;
  }
  if (error instanceof ApiFailure || error instanceof Failure) {
    io.err(`error: ${error.message}\n`);
    return error instanceof ApiFailure && error.status === 400 ? EXIT.usage : EXIT.failed;
  }
  io.err(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT.failed;
}
