import { Command } from 'commander';
import type { Io } from '../io.ts';
import { engineLendCommand } from './engine-lend.ts';
import { engineServeCommand } from './engine-serve.ts';
import { engineStatusCommand } from './engine-status.ts';

export function engineCommand(io: Io): Command {
  const engine = new Command('engine')
    .summary('serve a model on CPUs, over the memory of many machines')
    .description(
      'Runs a model by itself. Its KV cache, the memory of a context, may spread over other processes and machines that lend theirs. "infinite-llm serve" runs an engine too, for each model that "infinite-llm models pull" got.',
    );
  engine.addHelpText(
    'after',
    `
Examples:
  infinite-llm engine serve --model smollm2-135m-instruct --kv-memory 2GiB
  infinite-llm engine lend --join 127.0.0.1:9200 --kv-memory 4GiB
  infinite-llm engine status

Between machines, set INFINITE_LLM_ENGINE_SECRET to the same value in all processes. With INFINITE_LLM_ENGINE_REDIS
set to redis://…, which of them plans for all is decided there.`,
  );
  engine.addCommand(engineServeCommand(io));
  engine.addCommand(engineLendCommand(io));
  engine.addCommand(engineStatusCommand(io));
  return engine;
}
