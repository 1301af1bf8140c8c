import { isIPv4, isIPv6 } from 'node:net';
import { WireError } from './wire-error.ts';

const LEAST_SECRET_LENGTH = 16;

export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (bare === 'localhost') return true;
  const v4 = bare.startsWith('::ffff:') ? bare.slice('::ffff:'.length) : bare;
  return isIPv4(v4) ? v4.startsWith('127.') : isIPv6(bare) && /^(?:0{0,4}:){1,7}0{0,3}1$/.test(bare);
}

/**
 * Off loopback nobody may listen or connect without a shared secret.
 * @throws WireError `secret`
 */
export function assertSecretFor(host: string, secret: string | null): void {
  if (secret === '') throw new WireError('secret', 'the shared secret is empty');
  if (isLoopback(host)) return;
  if (secret === null)
    throw new WireError('secret', `${host} is not this machine alone: set INFINITE_LLM_ENGINE_SECRET`);
  if (secret.length < LEAST_SECRET_LENGTH)
    throw new WireError(
      'secret',
      `the shared secret has ${secret.length} characters; off this machine it needs ${LEAST_SECRET_LENGTH} or more`,
    );
}
