import { isAbsolute, resolve } from 'node:path';
import type { EngineSettings } from '../../core/settings.ts';
import { buildEngineTls } from './engine-tls.ts';
import type { ConfigFile } from './file-schema.ts';
import type { Findings } from './findings.ts';

/** The name under which the engine's models are reached. */
export const LOCAL_PROVIDER = 'local';

/** @param providers names of the configured providers @param baseDir relative paths of models start here */
export function buildEngine(
  entry: ConfigFile['engine'],
  { providers, baseDir, findings }: { providers: readonly string[]; baseDir: string; findings: Findings },
): EngineSettings {
  const {
    kvMemory,
    threads = null,
    maxSequences = null,
    maxStepTokens = null,
    listen = null,
    advertise = null,
    machine,
    contexts = null,
    models = null,
    tls: _files,
    ...rest
  } = entry;
  const taken = providers.includes(LOCAL_PROVIDER);
  if (taken && rest.enabled === true)
    findings.error(
      ['providers', LOCAL_PROVIDER],
      'is the name of the engine on this machine',
      'Give the provider another name, or set "engine: { enabled: false }".',
    );
  if (listen !== null && models !== null && models.length > 1)
    findings.error(
      ['engine', 'listen'],
      'is for one model only: lenders join one engine',
      'Name one model in engine.models, or start the others with "infinite-llm engine serve".',
    );
  return {
    ...rest,
    // An own provider of that name was there first.
    enabled: taken && rest.enabled === 'auto' ? false : rest.enabled,
    models: models?.map((model) => (isPath(model) ? resolve(baseDir, model) : model)) ?? null,
    kvMemoryBytes: kvMemory,
    contexts: contexts === null ? null : resolve(baseDir, contexts),
    threads,
    maxSequences,
    maxStepTokens,
    listen,
    advertise,
    tls: rest.enabled === false ? null : buildEngineTls(entry, { baseDir, findings }),
    machine: machine ? { ...machine, count: 1 } : null,
  };
}

/** Whether a model is named by its place rather than by its name in the models folder. */
export function isPath(model: string): boolean {
  return isAbsolute(model) || /[\\/]/.test(model) || model.toLowerCase().endsWith('.gguf');
}
