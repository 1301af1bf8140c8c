import { type ApiDeps, createApi } from '../../api/index.ts';
import { fakeDeps } from '../../api/testing/fake-deps.contract.ts';
import { Secret } from '../../core/secret.ts';
import { appTransport } from '../client/app-transport.ts';
import { run } from '../program.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs a command line in this process against a management API over fakes.
 * @param until interrupts the command once it has printed this
 */
export async function runCommand(
  line: readonly string[],
  deps: Partial<ApiDeps> = {},
  until?: string,
): Promise<Ran> {
  let out = '';
  let err = '';
  const interrupt = new AbortController();
  const io = {
    out: (text: string) => {
      out += text;
      if (until !== undefined && out.includes(until)) interrupt.abort();
    },
    err: (text: string) => void (err += text),
    env: {},
    color: false,
    interactive: true,
    now: () => Date.parse('2026-11-24T12:00:00.000Z'),
    signal: interrupt.signal,
  };
  const code = await run(line, io, async () => {
    const app = await createApi(fakeDeps({ localToken: new Secret('local'), ...deps }));
    return appTransport(app, 'local', 'the gateway', async () => await app.close());
  });
  return { code, out, err };
}
