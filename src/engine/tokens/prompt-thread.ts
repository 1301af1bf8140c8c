import { Worker } from 'node:worker_threads';
import { EngineError, type EngineErrorCode } from '../ports.ts';
import type { PromptText } from './prompt-encoder.ts';

export interface PromptRequest {
  readonly id: number;
  readonly prompt: PromptText;
}

export type PromptReply =
  | { readonly id: number; readonly tokens: Int32Array<ArrayBuffer> }
  | { readonly id: number; readonly code: EngineErrorCode; readonly message: string };

/**
 * Encodes prompts in a thread of its own, with a tokenizer of its own: a megabyte takes a quarter of a second, in which
 * the main thread would hear and say nothing.
 */
export interface PromptThread {
  /** @throws EngineError */
  encode(prompt: PromptText): Promise<number[]>;
  close(): Promise<void>;
}

interface Waiting {
  resolve(tokens: number[]): void;
  reject(error: EngineError): void;
}

/** The thread starts with the first prompt; one that has died, as for want of memory, is replaced with the next. */
export function openPromptThread(modelPath: string): PromptThread {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let lastId = 0;
  let closed = false;

  function started(): Worker {
    // Threads load JavaScript only: from the sources, the built tree's file stands in.
    const place = import.meta.url.endsWith('.ts') ? '../../../dist/engine/tokens/' : './';
    const made = new Worker(new URL(`${place}prompt-worker.js`, import.meta.url), {
      workerData: modelPath,
      execArgv: [],
    });
    made.unref();
    made.on('message', (reply: PromptReply) => {
      const job = waiting.get(reply.id);
      waiting.delete(reply.id);
      if ('tokens' in reply) job?.resolve(listOf(reply.tokens));
      else job?.reject(new EngineError(reply.code, reply.message));
    });
    const end = (why: string): void => {
      if (worker !== made) return;
      worker = null;
      for (const job of waiting.values())
        job.reject(new EngineError('failed', `The prompt could not be encoded: ${why}`));
      waiting.clear();
    };
    made.on('error', (error) => end(error.message));
    made.on('exit', () => end('its thread has ended.'));
    return made;
  }

  return {
    encode: (prompt) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new EngineError('failed', 'The engine is shutting down.'));
        worker ??= started();
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        worker.postMessage({ id: lastId, prompt } satisfies PromptRequest);
      }),
    close: async () => {
      closed = true;
      await worker?.terminate();
    },
  };
}

/** By its length at once: much faster than Array.from, and it is the main thread that does it. */
function listOf(tokens: Int32Array): number[] {
  const list: number[] = [];
  list.length = tokens.length;
  for (let at = 0; at < tokens.length; at++) list[at] = tokens[at] ?? 0;
  return list;
}
