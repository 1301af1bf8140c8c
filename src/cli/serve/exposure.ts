import { isLoopback } from '../../core/access.ts';
import type { ListenSettings } from '../../core/settings.ts';
import { Failure } from '../failure.ts';

export interface KeysInUse {
  /** Whether calls need a key. */
  readonly calls: boolean;
  /** Whether an admin key exists. */
  readonly admin: boolean;
}

/**
 * A gateway that other machines reach lets nobody spend money or read the ledger without a key.
 * @throws Failure that says how to create the keys that are missing
 */
export function checkExposure(
  { host }: Pick<ListenSettings, 'host'>,
  keys: KeysInUse,
  dataOptions: string,
): void {
  if (isLoopback(host) || (keys.calls && keys.admin)) return;
  const missing = [
    ...(keys.calls ? [] : [`  infinite-llm keys create my-app${dataOptions}          (for calls)`]),
    ...(keys.admin
      ? []
      : [`  infinite-llm keys create ops --admin${dataOptions}     (for the dashboard and the API)`]),
  ];
  throw new Failure(
    `listen.host is ${host}, which other machines can reach, and without keys anybody there could use the providers and read every call. Create them first:\n${missing.join('\n')}\nor listen on 127.0.0.1.`,
  );
}
