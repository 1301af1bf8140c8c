import { Command } from 'commander';
import { type HostPort, hostPort, hostPorts } from '../engine/arguments.ts';
import type { Io } from '../io.ts';
import { addKvOptions, addWireOptions, kvTypeOption } from './engine-serve.ts';

/** The options of `engine lend`, as on the command line. */
export interface EngineLendOptions {
  readonly join: readonly HostPort[];
  readonly kvMemory: number;
  /** As the engine keeps it, when left out. */
  readonly kvType?: 'bf16' | 'int8';
  readonly advertise?: string;
  readonly listen?: HostPort;
  readonly threads?: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
}

export function engineLendCommand(io: Io): Command {
  const command = new Command('lend')
    .description(
      "Lends this machine's memory to an engine: holds KV for it and computes the attention to it.",
    )
    .requiredOption('--join <host:port>', 'an engine that listens; may be repeated', hostPorts);
  addKvOptions(command, kvTypeOption(), 'all cores').option(
    '--listen <host:port>',
    'where engines reach this lender (127.0.0.1 and a free port, when it joins engines of this machine)',
    hostPort,
  );
  addWireOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  infinite-llm engine lend --join 127.0.0.1:9200 --kv-memory 4GiB
  INFINITE_LLM_ENGINE_SECRET=… infinite-llm engine lend --join node-1:9200 --listen 10.0.0.2:9200 --kv-memory 32GiB

A lender needs no model: it learns from the engine what its KV looks like.
SIGTERM and SIGINT let those who borrow move what they hold here, for 10 s; a second one ends it at once.`,
  );
  return command.action(async (options: EngineLendOptions) => {
    const { lend } = await import('../engine/lend.ts');
    await lend(options, io);
  });
}
