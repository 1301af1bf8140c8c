import { randomBytes } from 'node:crypto';
import type { Log } from '../../core/ports.ts';
import { Secret } from '../../core/secret.ts';
import type { EngineSettings, Settings } from '../../core/settings.ts';
import { type EngineProcess, startEngineProcess } from './engine-process.ts';
import { KEY_VARIABLE, REDIS_VARIABLE } from './exposure.ts';
import { openGate } from './gate.ts';
import { type LocalModel, presentModels } from './local-models.ts';

/** How a process of the gateway reaches the engines of this machine; plain data, so that workers can be told. */
export interface LocalAccess {
  readonly baseUrl: string;
  readonly key: string;
  /** Served as local/<name>. */
  readonly models: readonly string[];
}

export interface LocalEngines {
  readonly access: LocalAccess;
  /** Lets the engines finish what they do, for `mostMs`. */
  close(mostMs: number): Promise<void>;
}

export interface LocalEnginesOptions {
  readonly settings: Pick<Settings, 'engine' | 'store' | 'limits' | 'sharedUrl'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** Arguments of Node that run the program. */
  readonly program: readonly string[];
}

/** Within the gateway's own tries a call waits some seconds more. */
const WAIT_MS = 5_000;

/**
 * Starts an engine for each model that is to be served; null when there is none. Returns at once: they load in their own
 * time.
 * @throws Failure when a model that the configuration names is not there
 */
export async function startLocalEngines(options: LocalEnginesOptions): Promise<LocalEngines | null> {
  const { settings, env, log, program } = options;
  const models = await presentModels(settings, env);
  if (models.length === 0) return null;
  const key = new Secret(randomBytes(32).toString('base64url'));
  const engines = models.map((model) =>
    startEngineProcess({
      model: model.name,
      command: [...program, ...engineLine(model, settings.engine)],
      env: {
        ...env,
        [KEY_VARIABLE]: key.reveal(),
        ...(settings.sharedUrl !== null && { [REDIS_VARIABLE]: settings.sharedUrl }),
      },
      log,
    }),
  );
  const stopAll = async (mostMs: number): Promise<void> => {
    await Promise.all(engines.map((engine: EngineProcess) => engine.stop(mostMs)));
  };
  try {
    const mostBodyBytes = settings.limits.bodyBytes;
    const gate = await openGate({ engines, key, waitMs: WAIT_MS, mostBodyBytes });
    return {
      access: { baseUrl: gate.baseUrl, key: key.reveal(), models: models.map(({ name }) => name) },
      close: async (mostMs) => {
        await stopAll(mostMs);
        await gate.close();
      },
    };
  } catch (error) {
    await stopAll(0);
    throw error;
  }
}

/** The command line of one engine. */
export function engineLine(
  { name, path }: Pick<LocalModel, 'name' | 'path'>,
  engine: EngineSettings,
): string[] {
  const { kvMemoryBytes, kvType, arithmetic, contexts, threads, listen, advertise, join, tls } = engine;
  const options: readonly (readonly [string, string | number | null])[] = [
    ['--model', path],
    ['--name', name],
    ['--http', '127.0.0.1:0'],
    ['--kv-memory', `${kvMemoryBytes}B`],
    ['--kv-type', kvType],
    ['--arithmetic', arithmetic],
    ['--contexts', contexts],
    ['--threads', threads],
    ['--max-sequences', engine.maxSequences],
    ['--max-step-tokens', engine.maxStepTokens],
    ['--listen', listen],
    ['--advertise', advertise],
    ['--tls-cert', tls?.cert ?? null],
    ['--tls-key', tls?.key ?? null],
    ['--tls-ca', tls?.ca ?? null],
    ...join.map((address) => ['--join', address] as const),
  ];
  const given = options.flatMap(([option, value]) => (value === null ? [] : [option, String(value)]));
  return ['engine', 'serve', ...given];
}
