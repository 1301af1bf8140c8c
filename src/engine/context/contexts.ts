import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../core/ports.ts';
import { BLOCK_TOKENS } from '../ports.ts';
import { CHUNK_BLOCKS } from './chunk-codec.ts';
import { type CodecSettings, type CodecThread, startCodecThread } from './codec-thread.ts';
import { contextName, type ContextHead, readChunks, readHead, writeContext } from './context-file.ts';

/** What of the engine is needed: to hand out the KV of a prefix, and to take it in. */
export interface PrefixHolder {
  /** Computes the KV of these whole blocks where it is not there, and gives the blocks one after the other. */
  exportPrefix(tokens: readonly number[], signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /**
   * Puts the KV of whole blocks where prompts that begin so find it. False, and nothing kept, when there is no memory; the
   * blocks are then not read.
   */
  importPrefix(tokens: readonly number[], blocks: AsyncIterable<Uint8Array>): Promise<boolean>;
  /** Tokens at the beginning of this text whose KV is there already. */
  cachedPrefix(tokens: readonly number[]): number;
}

export interface SavedContext {
  readonly name: string;
  readonly tokens: number;
  readonly bytes: number;
  /** What the same KV takes in memory. */
  readonly rawBytes: number;
}

/** Contexts on disk, of one model. A long document is read once, whatever happens to the process meanwhile. */
export interface Contexts {
  /** Saves the whole blocks at the beginning of this text. @throws RangeError when there is none */
  save(tokens: readonly number[], signal?: AbortSignal): Promise<SavedContext>;
  /** Loads the longest saved context that this text begins with, unless its KV is there. Returns the tokens loaded. */
  load(tokens: readonly number[]): Promise<number>;
  list(): readonly SavedContext[];
  remove(name: string): Promise<boolean>;
  close(): Promise<void>;
}

export interface ContextsOptions extends CodecSettings {
  readonly directory: string;
  /** Of the weights. */
  readonly model: string;
  readonly blockBytes: number;
  readonly engine: PrefixHolder;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly codec?: CodecThread;
}

const SUFFIX = '.ilkv';

interface Known {
  readonly saved: SavedContext;
  readonly head: ContextHead;
}

export async function openContexts(options: ContextsOptions): Promise<Contexts> {
  const { directory, model, kv, rope, modelPath, blockBytes, engine, log } = options;
  const codec = options.codec ?? startCodecThread({ kv, rope, modelPath });
  const known = new Map<string, Known>();
  const loading = new Map<string, Promise<boolean>>();
  const pathOf = (name: string): string => join(directory, name + SUFFIX);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const file of await readdir(directory)) {
    if (file.endsWith('.part')) await rm(join(directory, file), { force: true });
    if (file.endsWith(SUFFIX)) await learn(file.slice(0, -SUFFIX.length));
  }

  async function learn(name: string): Promise<void> {
    try {
      const { head, bytes } = await readHead(pathOf(name));
      if (contextName({ model, kv, tokens: head.tokens }) === name) remember(name, head, bytes);
    } catch (error) {
      log.warn('A saved context cannot be used', { error: error instanceof Error ? error.message : error });
    }
  }

  function remember(name: string, head: ContextHead, bytes: number): SavedContext {
    const { length } = head.tokens;
    const saved = { name, tokens: length, bytes, rawBytes: (length / BLOCK_TOKENS) * blockBytes };
    known.set(name, { saved, head });
    return saved;
  }

  function longest(tokens: readonly number[]): Known | null {
    let best: Known | null = null;
    for (const each of known.values())
      if (each.saved.tokens > (best?.saved.tokens ?? 0) && beginsWith(tokens, each.head.tokens)) best = each;
    return best;
  }

  async function* compressed(blocks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let some: Uint8Array[] = [];
    let start = 0;
    const chunk = async (): Promise<Uint8Array> => {
      const bytes = await codec.encode(some, start);
      start += some.length * BLOCK_TOKENS;
      some = [];
      return bytes;
    };
    for await (const block of blocks) {
      some.push(block);
      if (some.length === CHUNK_BLOCKS) yield await chunk();
    }
    if (some.length > 0) yield await chunk();
  }

  /** One chunk is read and expanded while the one before is put in place. */
  async function* expanded(path: string): AsyncGenerator<Uint8Array> {
    let ahead: Promise<readonly Uint8Array[]> = Promise.resolve([]);
    let start = 0;
    for await (const { bytes, blocks } of readChunks(path)) {
      const ready = ahead;
      ahead = codec.decode(bytes, blocks, start);
      start += blocks * BLOCK_TOKENS;
      ahead.catch(() => {}); // thrown when it is waited for
      yield* await ready;
    }
    yield* await ahead;
  }

  async function bring({ saved: { name }, head }: Known): Promise<boolean> {
    try {
      return await engine.importPrefix(head.tokens, expanded(pathOf(name)));
    } catch (error) {
      known.delete(name);
      log.warn('A saved context could not be loaded; its text is read anew', {
        name,
        error: error instanceof Error ? error.message : error,
      });
      return false;
    }
  }

  return {
    async save(tokens, signal) {
      const whole = tokens.slice(0, tokens.length - (tokens.length % BLOCK_TOKENS));
      if (whole.length === 0)
        throw new RangeError(
          `a text of ${tokens.length} tokens is too short: at least ${BLOCK_TOKENS} are saved`,
        );
      const head: ContextHead = { model, kv, tokens: whole, chunkBlocks: CHUNK_BLOCKS };
      const name = contextName(head);
      const bytes = await writeContext(pathOf(name), head, compressed(engine.exportPrefix(whole, signal)));
      log.info('Saved a context', { name, tokens: whole.length, bytes });
      return remember(name, head, bytes);
    },
    async load(tokens) {
      const best = longest(tokens);
      if (!best || engine.cachedPrefix(tokens) >= best.saved.tokens) return 0;
      const { name, tokens: loaded } = best.saved;
      const under = loading.get(name) ?? bring(best).finally(() => loading.delete(name));
      loading.set(name, under);
      return (await under) ? loaded : 0;
    },
    list: () => [...known.values()].map(({ saved }) => saved),
    async remove(name) {
      if (!known.delete(name)) return false;
      await rm(pathOf(name), { force: true });
      return true;
    },
    close: () => codec.close(),
  };
}

function beginsWith(tokens: readonly number[], start: readonly number[]): boolean {
  return start.length <= tokens.length && start.every((token, i) => token === tokens[i]);
}
