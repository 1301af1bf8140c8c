import { availableParallelism } from 'node:os';
import { messageOf } from '../../core/message-of.ts';
import type { Log } from '../../core/ports.ts';
import { type Discovered, discover, startManager } from '../../engine/cluster/managers/index.ts';
import { startLenderShards, WireError } from '../../engine/cluster/wire/index.ts';
import { kvLayout } from '../../engine/kv/layout.ts';
import { BLOCK_TOKENS, type KvShape } from '../../engine/ports.ts';
import type { EngineLendOptions } from '../commands/engine-lend.ts';
import { Failure } from '../failure.ts';
import type { Io } from '../io.ts';
import { createLog } from '../log.ts';
import { aborted, withCleanup } from '../serve/cleanup.ts';
import { listenBeside, placeOf } from './addresses.ts';
import { formatBytes, formatHostPort } from './arguments.ts';
import { clusterSecret } from './exposure.ts';
import { LEAVE_MS, whatIsWrong } from './join-cluster.ts';
import { openLeaderPlace } from './leader-place.ts';
import { checkKvMemory } from './memory.ts';
import { newInstance } from './serve-engine.ts';
import { tlsOptions } from './tls.ts';

const RETRY_MS = 2_000;

/** Lends memory until it is interrupted. @throws Failure */
export async function lend(options: EngineLendOptions, io: Io): Promise<void> {
  const log = createLog({ write: io.err, format: io.interactive ? 'text' : 'json', now: io.now });
  const { join, kvMemory } = options;
  const place = placeOf(options.listen ?? listenBeside(join), options.advertise);
  const secret = clusterSecret(io.env, place.listen, join)?.reveal() ?? null;
  const tls = tlsOptions(options);
  checkKvMemory(kvMemory, 0);
  const instance = newInstance();

  await withCleanup(async (later) => {
    const learned = await learn(options, { secret, tls }, log, io.signal);
    if (!learned) return;
    const { kv, model } = learned;
    if (options.kvType !== undefined && options.kvType !== kv.type)
      throw new Failure(
        `--kv-type is ${options.kvType}, but the engine keeps its KV as ${kv.type}. Leave the option out to do as it does.`,
      );
    const { blockBytes } = kvLayout(kv);
    if (kvMemory < blockBytes)
      throw new Failure(
        `--kv-memory ${formatBytes(kvMemory)} holds no block of this model's KV: one takes ${formatBytes(blockBytes)}.`,
      );
    const { host } = place.listen;
    const { dataPort: port } = place;
    const threads = options.threads ?? availableParallelism();
    const held = await startLenderShards({
      instance,
      kv,
      kvBytes: kvMemory,
      host,
      port,
      secret,
      tls,
      threads,
    });
    later(() => held.close());
    const byId = new Map(held.shards.map((shard) => [shard.address.id, shard]));
    const manager = await whatIsWrong(
      startManager({
        instance,
        role: 'lend',
        listen: place.listen,
        advertise: place.advertise,
        join,
        secret,
        tls,
        kv,
        model,
        leaderLease: model === null ? null : await openLeaderPlace(io.env, model, log),
        shards: held.shards.map(({ address, blocks }) => ({
          id: address.id,
          blocks,
          address: { host: place.advertise, port: address.port },
        })),
        gate: {
          lease: (shard, blocks, to) => byId.get(shard)?.lease(blocks, to),
          unlease: (shard, blocks) => byId.get(shard)?.unlease(blocks),
        },
        // A lender asks nobody for blocks.
        attach: async () => await Promise.reject(new Error('a lender has no use for the blocks of others')),
        detach: async () => undefined,
        onProblem: (problem) => log.warn(problem),
      }),
    );
    later(() => manager.close());
    for (const shard of held.shards)
      shard.onExit((why) => {
        log.error('A shard ended; what it held is lost', { shard: shard.address.id, why });
        manager.reportLost(shard.address.id);
      });
    const blocks = held.shards.reduce((sum, shard) => sum + shard.blocks, 0);
    io.out(
      `Lending ${formatBytes(blocks * blockBytes)} of KV (${kv.type}, ${blocks * BLOCK_TOKENS} tokens) to ${join.map(formatHostPort).join(', ')}; reached at ${formatHostPort(manager.address)}\n`,
    );
    await aborted(io.signal);
    log.info('Leaving; those who borrow may move what they hold here', { mostMs: LEAVE_MS });
    const left = await manager.drain(LEAVE_MS);
    if (left > 0)
      log.warn('Leaving with blocks still lent; what they hold is computed again', { blocks: left });
  });
}

type Learned = Discovered & { readonly kv: KvShape };

/** Asks those it joins what their KV looks like, until one knows; null when interrupted. @throws Failure */
async function learn(
  { join }: EngineLendOptions,
  means: Pick<Parameters<typeof discover>[0], 'secret' | 'tls'>,
  log: Log,
  signal: AbortSignal,
): Promise<Learned | null> {
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    for (const address of join) {
      try {
        const { kv, model } = await discover({ address, ...means });
        if (kv) return { kv, model };
      } catch (error) {
        if (error instanceof WireError && ['secret', 'version', 'mismatch'].includes(error.code))
          throw new Failure(`${formatHostPort(address)}: ${error.message}`, { cause: error });
        const why = messageOf(error);
        if (isFirst) log.warn(`${formatHostPort(address)} does not answer yet (${why}); it is tried again`);
      }
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, RETRY_MS);
      signal.addEventListener('abort', done, { once: true });
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
    });
  }
  return null;
}
