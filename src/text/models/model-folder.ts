import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';

/** A model that is there. */
export interface InstalledModel {
  readonly name: string;
  /** `language`: the engine can serve it. `encoder`: turns texts into vectors. */
  readonly kind: 'language' | 'encoder';
  /** The GGUF file, or the folder of a safetensors model: what the engine opens. An encoder's folder. */
  readonly path: string;
  readonly bytes: number;
  /** Where it came from; null when it was put there by hand. */
  readonly source: string | null;
  readonly pulledAt: string | null;
}

export const MANIFEST = 'model.json';
/** Folders that are still being filled. */
export const UNFINISHED = '.pulling';

/** What an encoder's folder holds. */
const ENCODER_FILES = ['model.onnx', 'tokenizer.json'];

const manifestSchema = z.object({ source: z.string(), pulledAt: z.string() });

/** INFINITE_LLM_MODELS, else `models` in the data directory. */
export function modelsDir(
  env: Readonly<Record<string, string | undefined>>,
  dataDir = './infinite-llm-data',
): string {
  return resolve(env['INFINITE_LLM_MODELS'] || join(dataDir, 'models'));
}

/** The models in a folder, by name; none when there is no folder. */
export async function listModels(dir: string): Promise<InstalledModel[]> {
  const found = await Promise.all((await namesIn(dir)).map(async (name) => await modelAt(dir, name)));
  return found.filter((model) => model !== null).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Of what a model of this name can be opened; null when there is none. */
export async function findModel(name: string, dir: string): Promise<string | null> {
  const models = await listModels(dir);
  const exact = models.find((model) => model.name === name);
  return (exact ?? models.find((model) => model.name.toLowerCase() === name.toLowerCase()))?.path ?? null;
}

async function modelAt(dir: string, name: string): Promise<InstalledModel | null> {
  if (name.startsWith('.') || name.endsWith(UNFINISHED)) return null;
  const path = join(dir, name);
  const kind = await stat(path).catch(() => null);
  if (kind?.isFile()) {
    if (!name.endsWith('.gguf')) return null;
    return {
      name: name.slice(0, -'.gguf'.length),
      kind: 'language',
      path,
      bytes: kind.size,
      source: null,
      pulledAt: null,
    };
  }
  const files = await namesIn(path);
  const gguf = files.filter((file) => file.endsWith('.gguf')).sort()[0];
  const weights = files.filter((file) => file.endsWith('.safetensors'));
  const folder = weights.length > 0 && files.includes('config.json');
  const encoder = ENCODER_FILES.every((file) => files.includes(file));
  if (gguf === undefined && !folder && !encoder) return null;
  const counted = gguf ? [gguf] : folder ? weights : ENCODER_FILES;
  const sizes = await Promise.all(counted.map(async (file) => await stat(join(path, file))));
  const manifest = await readManifest(path);
  return {
    name,
    kind: gguf === undefined && !folder ? 'encoder' : 'language',
    path: gguf === undefined ? path : join(path, gguf),
    bytes: sizes.reduce((sum, { size }) => sum + size, 0),
    source: manifest?.source ?? null,
    pulledAt: manifest?.pulledAt ?? null,
  };
}

async function readManifest(path: string): Promise<z.infer<typeof manifestSchema> | null> {
  try {
    const text = await readFile(join(path, MANIFEST), 'utf8');
    return manifestSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

async function namesIn(dir: string): Promise<string[]> {
  return await readdir(dir).catch(() => []);
}
