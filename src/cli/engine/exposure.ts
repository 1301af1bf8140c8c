import { isLoopback } from '../../core/access.ts';
import { Secret } from '../../core/secret.ts';
import { Failure } from '../failure.ts';
import type { Io } from '../io.ts';
import { formatHostPort, type HostPort } from './arguments.ts';

/** Shared by all processes of a cluster. */
export const SECRET_VARIABLE = 'INFINITE_LLM_ENGINE_SECRET';
/** Asked of HTTP clients. */
export const KEY_VARIABLE = 'INFINITE_LLM_ENGINE_KEY';

/** Where the gManager's place is kept; without it the eldest process is gManager. */
export const REDIS_VARIABLE = 'INFINITE_LLM_ENGINE_REDIS';

const LEAST_SECRET_CHARS = 16;

/**
 * What the processes of a cluster prove to each other that they belong together.
 * @throws Failure when other machines could join without
 */
export function clusterSecret(
  env: Io['env'],
  listen: HostPort | null,
  join: readonly HostPort[],
): Secret | null {
  const secret = env[SECRET_VARIABLE]?.trim();
  if (secret) {
    if (secret.length >= LEAST_SECRET_CHARS) return new Secret(secret);
    throw new Failure(
      `${SECRET_VARIABLE} is shorter than ${LEAST_SECRET_CHARS} characters. Make one with "openssl rand -hex 32".`,
    );
  }
  const open = [...(listen ? [listen] : []), ...join].find(({ host }) => !isLoopback(host));
  if (!open) return null;
  throw new Failure(
    `${formatHostPort(open)} is no loopback address, and without a secret anybody there could join and read prompts. Set ${SECRET_VARIABLE} to the same value in all processes of the cluster, for example to the output of "openssl rand -hex 32".`,
  );
}

/** The key of the HTTP server. @throws Failure when other machines could use the engine without */
export function httpKey(env: Io['env'], http: HostPort): Secret | null {
  const key = env[KEY_VARIABLE]?.trim();
  if (key) return new Secret(key);
  if (isLoopback(http.host)) return null;
  throw new Failure(
    `--http ${formatHostPort(http)} is no loopback address, and without a key anybody there could use the engine. Set ${KEY_VARIABLE}, for example to the output of "openssl rand -hex 32".`,
  );
}
