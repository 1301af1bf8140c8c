import { messageOf } from '../../core/message-of.ts';
import type { Log } from '../../core/ports.ts';
import { BLOCK_TOKENS } from '../ports.ts';
import { CHUNK_BLOCKS } from './chunk-codec.ts';
import { type CodecSettings, type CodecThread, startCodecThread } from './codec-thread.ts';
import { contextName, type ContextHead, readChunks, writeContext } from './context-file.ts';
import { ContextFolder, isGone, type KnownFile } from './context-folder.ts';

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

/**
 * Contexts on disk, of one model. A long document is read once, whatever happens to the process meanwhile. Several engines
 * may use one folder: each sees what the others save and remove.
 */
export interface Contexts {
  /** Saves the whole blocks at the beginning of this text. @throws RangeError when there is none */
  save(tokens: readonly number[], signal?: AbortSignal): Promise<SavedContext>;
  /** Loads the longest saved context that this text begins with, unless its KV is there. Returns the tokens loaded. */
  load(tokens: readonly number[]): Promise<number>;
  list(): Promise<readonly SavedContext[]>;
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

/** A folder that does not answer, as over a network, holds up nobody for longer. */
const LOOK_MS = 1_000;

export async function openContexts(options: ContextsOptions): Promise<Contexts> {
  const { directory, model, kv, rope, modelPath, blockBytes, engine, log } = options;
  const loading = new Map<string, Promise<boolean>>();
  const folder = await ContextFolder.open({
    directory,
    isOurs: (name, { tokens }) => contextName({ model, kv, tokens }) === name,
    log,
  });
  const codec = options.codec ?? startCodecThread({ kv, rope, modelPath });

  function shown(name: string, { head, bytes }: KnownFile): SavedContext {
    const { length } = head.tokens;
    return { name, tokens: length, bytes, rawBytes: (length / BLOCK_TOKENS) * blockBytes };
  }

  function longest(tokens: readonly number[]): { readonly name: string; readonly head: ContextHead } | null {
    let best: { readonly name: string; readonly head: ContextHead } | null = null;
    for (const [name, { head }] of folder.known)
      if (head.tokens.length > (best?.head.tokens.length ?? 0) && beginsWith(tokens, head.tokens))
        best = { name, head };
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

  async function bring(name: string, head: ContextHead): Promise<boolean> {
    try {
      return await engine.importPrefix(head.tokens, expanded(folder.pathOf(name)));
    } catch (error) {
      await folder.leaveOut(name);
      if (!isGone(error))
        log.warn('A saved context could not be loaded; its text is read anew', {
          name,
          error: messageOf(error),
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
      await folder.sweep();
      const blocks = engine.exportPrefix(whole, signal);
      const bytes = await writeContext(folder.pathOf(name), head, compressed(blocks));
      log.info('Saved a context', { name, tokens: whole.length, bytes });
      folder.add(name, { head, bytes });
      return shown(name, { head, bytes });
    },
    async load(tokens) {
      await atMost(folder.refresh(), LOOK_MS);
      const best = longest(tokens);
      if (!best || engine.cachedPrefix(tokens) >= best.head.tokens.length) return 0;
      const { name, head } = best;
      const under = loading.get(name) ?? bring(name, head).finally(() => loading.delete(name));
      loading.set(name, under);
      return (await under) ? head.tokens.length : 0;
    },
    async list() {
      await folder.refresh();
      return [...folder.known].map(([name, file]) => shown(name, file));
    },
    async remove(name) {
      await folder.refresh();
      if (!folder.known.has(name)) return false;
      await folder.remove(name);
      return true;
    },
    close: () => codec.close(),
  };
}

/** Waits for it, but not longer. */
async function atMost(work: Promise<void>, mostMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, mostMs);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function beginsWith(tokens: readonly number[], start: readonly number[]): boolean {
  return start.length <= tokens.length && start.every((token, i) => token === tokens[i]);
}
