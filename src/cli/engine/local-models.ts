import { dirname, join, resolve } from 'node:path';
import { didYouMean } from '../../core/nearest.ts';
import type { Settings } from '../../core/settings.ts';
import { type InstalledModel, listModels, modelsDir } from '../../text/models/index.ts';
import { isPath } from '../config/engine.ts';
import { Failure } from '../failure.ts';

/** A model on this machine. */
export interface LocalModel {
  /** What calls name it by. */
  readonly name: string;
  /** A GGUF file, or the folder of a Hugging Face model. */
  readonly path: string;
  /** Of its weights. */
  readonly bytes: number;
}

/** A model by its name in the models folder, or by its place. @throws Failure that says how to get it */
export async function findLocalModel(model: string, folder: string): Promise<LocalModel> {
  const all = await languageModels(folder);
  const named = all.find(({ name }) => name === model) ?? (await modelAt(resolve(model)));
  if (named) return named;
  if (isPath(model))
    throw new Failure(
      `There is no model at ${resolve(model)}: neither a GGUF file nor a folder that holds one or a Hugging Face model.`,
    );
  const near = didYouMean(
    model,
    all.map(({ name }) => name),
  );
  throw new Failure(
    `There is no model ${JSON.stringify(model)} in ${folder}. ${near && `${near} `}Get it with "infinite-llm models pull ${model}", or name a GGUF file or a Hugging Face folder.`,
  );
}

/** The models that `serve` is to serve. @throws Failure when one that is wanted is not there */
export async function presentModels(
  { engine, store }: Pick<Settings, 'engine' | 'store'>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly LocalModel[]> {
  if (engine.enabled === false) return [];
  const folder = modelsDir(env, store.dataDir);
  if (engine.models !== null)
    return await Promise.all(engine.models.map(async (model) => await findLocalModel(model, folder)));
  const all = await languageModels(folder);
  if (all.length > 0 || engine.enabled === 'auto') return all;
  throw new Failure(
    `engine.enabled is true, but there is no model in ${folder}. Get one with "infinite-llm models pull smollm2-135m-instruct".`,
  );
}

/** What is at a path: a file's folder is looked through as the models folder is. */
async function modelAt(path: string): Promise<InstalledModel | null> {
  const folder = dirname(path);
  const beside = await languageModels(folder);
  return beside.find((model) => model.path === path || join(folder, model.name) === path) ?? null;
}

async function languageModels(folder: string): Promise<InstalledModel[]> {
  return (await listModels(folder)).filter(({ kind }) => kind === 'language');
}
