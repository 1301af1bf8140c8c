import { Command, Option } from 'commander';
import { byteSize, type HostPort, hostPort, hostPorts } from '../engine/arguments.ts';
import type { Io } from '../io.ts';
import { wholeNumber } from './options.ts';

/** The options of `engine serve`, as on the command line. */
export interface EngineServeOptions {
  readonly model: string;
  readonly name?: string;
  readonly kvMemory: number;
  readonly kvType: 'bf16' | 'int8';
  readonly http: HostPort;
  readonly listen?: HostPort;
  readonly join?: readonly HostPort[];
  readonly advertise?: string;
  readonly threads?: number;
  readonly maxSequences?: number;
  readonly maxStepTokens?: number;
  readonly arithmetic: 'auto' | 'exact' | 'fast';
  readonly contexts?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  readonly data?: string;
}

export function engineServeCommand(io: Io): Command {
  const command = new Command('serve')
    .description("Serves one model over OpenAI's API, and lets lenders and other engines join.")
    .requiredOption('-m, --model <model>', 'a pulled model, a GGUF file, or a Hugging Face folder')
    .option('--name <name>', "what requests name it by (the file's or folder's name)");
  addKvOptions(command, kvTypeOption().default('bf16'), '1; more help long contexts')
    .addOption(
      new Option('--http <host:port>', 'where the API is')
        .argParser(hostPort)
        .default({ host: '127.0.0.1', port: 9100 }, '127.0.0.1:9100'),
    )
    .option('--listen <host:port>', 'where lenders and other engines join (nowhere)', hostPort)
    .option('--join <host:port>', 'an engine to lend to and to borrow from; may be repeated', hostPorts)
    .option('--max-sequences <n>', 'sequences computed together', wholeNumber(1, 4096))
    .option('--max-step-tokens <n>', 'tokens computed in one step', wholeNumber(1, 65_536))
    .addOption(
      new Option(
        '--arithmetic <kind>',
        'exact: answers do not depend on batches and lenders; fast: rounds inputs to 8 bits; auto: exact with --listen, else fast',
      )
        .choices(['auto', 'exact', 'fast'])
        .default('auto'),
    )
    .option('--contexts <dir>', 'where long texts that were read are kept, to be read once only (nowhere)');
  addWireOptions(command).option(
    '-d, --data <dir>',
    'data directory, where pulled models are (./infinite-llm-data)',
  );
  command.addHelpText(
    'after',
    `
Examples:
  infinite-llm engine serve --model smollm2-135m-instruct
  infinite-llm engine serve --model ./qwen3-0.6b-q8_0.gguf --kv-memory 8GiB --kv-type int8
  infinite-llm engine serve --model ./m.gguf --kv-memory 2GiB --listen 127.0.0.1:9200
  INFINITE_LLM_ENGINE_SECRET=… infinite-llm engine serve --model ./m.gguf --listen 0.0.0.0:9200 --advertise node-1

INFINITE_LLM_ENGINE_KEY is the key that HTTP clients must show; needed when --http is reached from other machines.
SIGTERM and SIGINT let requests in flight finish.`,
  );
  return command.action(async (options: EngineServeOptions) => {
    const { serveEngine } = await import('../engine/serve-engine.ts');
    await serveEngine(options, io);
  });
}

export function kvTypeOption(): Option {
  return new Option('--kv-type <type>', 'how keys and values are kept').choices(['bf16', 'int8']);
}

/** How much memory goes into KV, and how it is computed with. */
export function addKvOptions(command: Command, kvType: Option, threads: string): Command {
  return command
    .addOption(
      new Option('--kv-memory <size>', 'memory for the KV cache, never more')
        .argParser(byteSize)
        .default(1024 ** 3, '1GiB'),
    )
    .addOption(kvType)
    .option('--threads <n>', `threads that hold KV and attend to it (${threads})`, wholeNumber(1, 256));
}

export function addWireOptions(command: Command): Command {
  return command
    .option('--advertise <host>', 'the host that others reach this one at, when it listens on all')
    .option('--tls-cert <file>', 'certificate for connections between machines, PEM')
    .option('--tls-key <file>', 'its private key, PEM')
    .option('--tls-ca <file>', 'certificates that others must have theirs from, PEM');
}
