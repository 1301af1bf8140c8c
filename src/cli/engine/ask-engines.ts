import type { LocalEngine } from '../../api/index.ts';
import type { LocalAccess } from './local-engines.ts';
import { STATES_PATH } from './gate.ts';

const PATIENCE_MS = 5_000;

/** How the engines of this machine do, for the management API. Their supervisor may be another process. */
export async function askEngines(access: LocalAccess | null): Promise<readonly LocalEngine[]> {
  if (!access) return [];
  const answer = await fetch(new URL(STATES_PATH, access.baseUrl), {
    headers: { authorization: `Bearer ${access.key}` },
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (!answer.ok) throw new Error(`the gate of the engines answered ${answer.status}`);
  // From a process of our own and of our own version.
  const { engines } = (await answer.json()) as { readonly engines: readonly LocalEngine[] };
  return engines;
}
