import type { AddressInfo } from 'node:net';
import { Secret } from '../../core/secret.ts';
import type { Contexts } from '../context/contexts.ts';
import type { Engine } from '../ports.ts';
import { createEngineServer, type EngineServer } from './engine-server.ts';
import { byteCodec } from './fake-engine.contract.ts';

export interface Rig extends EngineServer {
  readonly url: string;
  readonly logged: string[];
  close(): Promise<void>;
}

/** The server over an engine, on a free port. */
export async function openRig(
  engine: Engine,
  options: { readonly key?: string; readonly mostBodyBytes?: number; readonly contexts?: Contexts } = {},
): Promise<Rig> {
  const logged: string[] = [];
  const note = (message: string): void => void logged.push(message);
  const made = createEngineServer({
    engine,
    codec: byteCodec,
    score: async (tokens) => Float64Array.from(tokens.slice(1), (token) => -token / 100),
    contexts: options.contexts ?? null,
    cluster: () => ({
      kv: { type: 'bf16', blockTokens: 64, blockBytes: 1024 },
      instances: [
        {
          id: 'a',
          role: 'engine',
          self: true,
          planner: true,
          address: null,
          alive: true,
          blocks: { total: 10, free: 4, used: 4, lent: 2, borrowed: 3 },
        },
      ],
      wire: { sentBytes: 7, receivedBytes: 9 },
    }),
    lenders: () => 'Lender b could provide 5 blocks.',
    key: options.key === undefined ? null : new Secret(options.key),
    host: '127.0.0.1',
    mostBodyBytes: options.mostBodyBytes ?? 1_000_000,
    now: () => 1_764_000_000_000,
    log: { info: note, warn: note, error: note },
  });
  await new Promise<void>((resolve) => made.server.listen(0, '127.0.0.1', resolve));
  const { port } = made.server.address() as AddressInfo;
  return {
    ...made,
    url: `http://127.0.0.1:${port}`,
    logged,
    close: async () => {
      const closed = new Promise<void>((resolve) => void made.server.close(() => resolve()));
      made.server.closeAllConnections();
      await closed;
    },
  };
}
