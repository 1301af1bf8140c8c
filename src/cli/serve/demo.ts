import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../../core/settings.ts';
import {
  demoConfig,
  demoHistory,
  startDemoBatches,
  startDemoProvider,
  startDemoTraffic,
} from '../../demo/index.ts';
import { PROVIDER_KINDS } from '../../upstream/index.ts';
import { readSettings } from '../config/read.ts';
import type { Io } from '../io.ts';
import { createLog } from '../log.ts';
import { painter } from '../output/style.ts';
import { packageVersion } from '../version.ts';
import { aborted, withCleanup } from './cleanup.ts';
import { openNode } from './node.ts';
import { openRooms } from './shared-rooms.ts';
import { newToken } from './serving.ts';

const SEED = 'demonstration';

/** The gateway between an imagined company and a simulated provider, over a store that is thrown away at the end. */
export async function demo({ port }: { readonly port: number }, io: Io): Promise<void> {
  const log = createLog({ write: io.err, format: io.interactive ? 'text' : 'json', now: io.now });
  const quiet = { ...log, info: () => undefined };
  await withCleanup(async (later) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'infinite-llm-demo-'));
    later(() => rmSync(dataDir, { recursive: true, force: true }));
    const provider = await startDemoProvider(SEED);
    later(() => provider.close());
    const settings = demoSettings(dataDir, port, provider.port);
    const { store, bus, counters, close } = await openRooms(settings, quiet);
    later(close);
    for (const record of demoHistory(SEED, io.now())) store.ledger.append(record);
    const loadedAt = new Date(io.now()).toISOString();
    const node = await openNode({
      engines: null,
      config: {
        current: () => settings,
        subscribe: () => () => undefined,
        status: () => ({ file: null, error: null, loadedAt }),
      },
      store,
      bus,
      counters,
      log: quiet,
      token: newToken(),
      adminKey: undefined,
      startedAt: loadedAt,
      workers: 1,
      demo: true,
      allMetrics: null,
    });
    later(() => node.close());
    const baseUrl = await node.listen();
    later(startDemoTraffic({ baseUrl, seed: SEED }));
    later(startDemoBatches({ baseUrl, seed: SEED }));
    const paint = painter(io.color);
    io.out(`${paint('bold', `infinite-llm ${packageVersion()}, demonstration`)}
  Dashboard   ${baseUrl}/
  Provider    simulated, on this machine: no call costs anything, and what levers save is what it would be
  Data        thrown away when you stop this with Ctrl-C
`);
    await aborted(io.signal);
  });
}

function demoSettings(dataDir: string, port: number, providerPort: number): Settings {
  const options = { file: null, env: {}, kinds: PROVIDER_KINDS, dialects: [], overrides: { port, dataDir } };
  return readSettings(JSON.stringify(demoConfig(providerPort)), options).settings;
}
