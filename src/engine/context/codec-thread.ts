import { Worker } from 'node:worker_threads';
import type { KvModel } from './chunk-codec.ts';

type Work =
  | { readonly kind: 'encode'; readonly blocks: readonly Uint8Array[]; readonly start: number }
  | { readonly kind: 'decode'; readonly bytes: Uint8Array; readonly blocks: number; readonly start: number };

export interface CodecSettings extends Pick<KvModel, 'kv' | 'rope'> {
  /** Whose weights tell how channels are related; null: nothing is known of that. */
  readonly modelPath: string | null;
}

export interface CodecRequest {
  readonly id: number;
  readonly work: Work;
}

export type CodecReply =
  | { readonly id: number; readonly chunks: readonly Uint8Array[] }
  | { readonly id: number; readonly error: string };

/** Compresses and expands blocks in a thread of its own: a thousand tokens take it a second. */
export interface CodecThread {
  /** @param start position of the first token */
  encode(blocks: readonly Uint8Array[], start: number): Promise<Uint8Array>;
  decode(bytes: Uint8Array, blocks: number, start: number): Promise<readonly Uint8Array[]>;
  close(): Promise<void>;
}

interface Waiting {
  resolve(chunks: readonly Uint8Array[]): void;
  reject(error: Error): void;
}

export function startCodecThread(settings: CodecSettings): CodecThread {
  // Threads load JavaScript only: from the sources, the built tree's file stands in.
  const place = import.meta.url.endsWith('.ts') ? '../../../dist/engine/context/' : './';
  const worker = new Worker(new URL(`${place}codec-worker.js`, import.meta.url), {
    workerData: settings,
    execArgv: [],
  });
  worker.unref();
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let gone: Error | null = null;

  worker.on('message', (reply: CodecReply) => {
    const job = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('chunks' in reply) job?.resolve(reply.chunks);
    else job?.reject(new Error(reply.error));
  });
  const end = (error: Error): void => {
    gone ??= error;
    for (const job of waiting.values()) job.reject(gone);
    waiting.clear();
  };
  worker.on('error', end);
  worker.on('exit', () => end(new Error('the thread that compresses contexts has ended')));

  function ask(work: Work): Promise<readonly Uint8Array[]> {
    if (gone) return Promise.reject(gone);
    lastId += 1;
    const id = lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, work } satisfies CodecRequest);
    });
  }

  return {
    encode: async (blocks, start) => {
      const [chunk] = await ask({ kind: 'encode', blocks, start });
      if (!chunk) throw new Error('nothing was compressed');
      return chunk;
    },
    decode: (bytes, blocks, start) => ask({ kind: 'decode', bytes, blocks, start }),
    close: async () => {
      await worker.terminate();
    },
  };
}
