import { join } from 'node:path';
import { createApi } from '../../api/index.ts';
import { systemClock } from '../../core/clock.ts';
import type { Log } from '../../core/ports.ts';
import { openExamples } from '../serve/examples.ts';
import { createLibrary } from '../../policy/ground/index.ts';
import { createEmbedder } from '../../text/embed/index.ts';
import { modelsDir } from '../../text/models/index.ts';
import { Secret } from '../../core/secret.ts';
import type { Settings } from '../../core/settings.ts';
import { batchAccess } from '../serve/batch-access.ts';
import { keyAccess } from '../serve/open-store.ts';
import { openRooms } from '../serve/shared-rooms.ts';
import { packageVersion } from '../version.ts';
import type { Transport } from './api-client.ts';
import { appTransport } from './app-transport.ts';
import { Failure } from '../failure.ts';

/** A management API over the store itself, for the time of a command when no gateway runs. */
export async function openLocally(settings: Settings, log: Log, token: string): Promise<Transport> {
  const { store, bus, close } = await openRooms(settings, log);
  const embedder = createEmbedder({ folder: join(modelsDir(process.env, settings.store.dataDir), 'minilm') });
  const library = createLibrary({ store: store.documents, embedder });
  const examples = openExamples({ settings: () => settings, store, embedder, bus, clock: systemClock, log });
  const onlyServed = () => Promise.reject(new Failure('Only a running gateway can tell this.'));
  const app = await createApi({
    listen: () => settings.listen,
    ledger: store.queries,
    keys: keyAccess(store),
    adminKey: null,
    localToken: new Secret(token),
    about: onlyServed,
    machines: onlyServed,
    engines: onlyServed,
    compress: { guards: onlyServed, resume: onlyServed },
    cache: { state: onlyServed, clear: onlyServed },
    library,
    examples,
    routing: {
      models: onlyServed,
      experiments: onlyServed,
      give: async (feedback) => void (await store.feedback.put(feedback)),
    },
    batches: batchAccess(store, () => settings, systemClock),
    budgets: onlyServed,
    metrics: { contentType: 'text/plain', text: onlyServed },
    unready: () => [],
    webRoot: '',
    version: packageVersion(),
    now: () => systemClock.now(),
    log,
  });
  return appTransport(app, token, 'the store', async () => {
    await app.close();
    examples.close();
    await embedder.close();
    await close();
  });
}
