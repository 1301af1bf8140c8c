import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { didYouMean } from '../../core/nearest.ts';
import type { Settings } from '../../core/settings.ts';
import { isPath } from '../config/engine.ts';
import { Failure } from '../failure.ts';

/** A model on this machine. */
export interface LocalModel {
  /** What calls name it by. */
  readonly name: string;
  /** A GGUF file, or a folder that holds one or a Hugging Face model. */
  readonly place: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const MODELS_VARIABLE = 'INFINITE_LLM_MODELS';

/** Where `infinite-llm models pull` puts models. */
export function modelsFolder(dataDir: string, env: Environment): string {
  return resolve(env[MODELS_VARIABLE]?.trim() || join(dataDir, 'models'));
}

/** A model by its name in the models folder, or by its place. @throws Failure that says how to get it */
export function findModel(model: string, folder: string): LocalModel {
  if (isPath(model) || (!existsSync(join(folder, model)) && existsSync(model))) {
    const given = resolve(model);
    const place = existsSync(given) ? weightsAt(given) : null;
    if (place !== null) return { name: nameOf(given), place };
    throw new Failure(
      `There is no model at ${given}: neither a GGUF file nor a folder that holds one or a Hugging Face model.`,
    );
  }
  const found = modelsIn(folder).find(({ name }) => name === model);
  if (found) return found;
  const near = didYouMean(
    model,
    modelsIn(folder).map(({ name }) => name),
  );
  throw new Failure(
    `There is no model ${JSON.stringify(model)} in ${folder}. ${near} Get it with "infinite-llm models pull ${model}", or name a GGUF file or a Hugging Face folder.`.replace(
      '  ',
      ' ',
    ),
  );
}

/** The models that `serve` is to serve. @throws Failure when one that is wanted is not there */
export function presentModels(
  { engine, store }: Pick<Settings, 'engine' | 'store'>,
  env: Environment,
): readonly LocalModel[] {
  if (engine.enabled === false) return [];
  const folder = modelsFolder(store.dataDir, env);
  if (engine.models !== null) return engine.models.map((model) => findModel(model, folder));
  const all = modelsIn(folder);
  if (all.length > 0 || engine.enabled === 'auto') return all;
  throw new Failure(
    `engine.enabled is true, but there is no model in ${folder}. Get one with "infinite-llm models pull smollm2-135m-instruct".`,
  );
}

/** Files and folders with weights, by name. A download that is not complete has another ending and is not seen. */
export function modelsIn(folder: string): readonly LocalModel[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((entry) => {
      const place = weightsAt(join(folder, entry));
      return place === null ? [] : [{ name: nameOf(entry), place }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The GGUF file, or the folder of a Hugging Face model, that is or is in `entry`; null when there is none. */
function weightsAt(entry: string): string | null {
  if (!statSync(entry).isDirectory()) return isGguf(entry) ? entry : null;
  const files = readdirSync(entry).sort();
  const gguf = files.find(isGguf);
  if (gguf !== undefined) return join(entry, gguf);
  const isHuggingFace = files.includes('config.json') && files.some((file) => file.endsWith('.safetensors'));
  return isHuggingFace ? entry : null;
}

function isGguf(file: string): boolean {
  return file.toLowerCase().endsWith('.gguf');
}

function nameOf(place: string): string {
  return basename(place).replace(/\.gguf$/i, '');
}
