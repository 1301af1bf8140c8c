import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../core/message-of.ts';
import { encodeSentences } from './sentence-encoder.ts';
import { openEncoder } from './session.ts';
import { wordPiece } from './wordpiece.ts';

export interface EmbedWorkerData {
  /** Holds `model.onnx` and `tokenizer.json`. */
  readonly folder: string;
  readonly mostTokens: number;
  readonly threads: number;
}

export interface EmbedJob {
  readonly id: number;
  readonly texts: readonly string[];
}

export type EmbedMessage =
  | { readonly kind: 'ready'; readonly dimensions: number }
  | { readonly kind: 'failed'; readonly why: string }
  /** All vectors of the job, one after another. */
  | { readonly kind: 'done'; readonly id: number; readonly vectors: Float32Array<ArrayBuffer> }
  | { readonly kind: 'error'; readonly id: number; readonly why: string };

function open({ folder, mostTokens, threads }: EmbedWorkerData) {
  const words = wordPiece(JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8')));
  return { words, encoder: openEncoder(join(folder, 'model.onnx'), threads), mostTokens };
}

function say(message: EmbedMessage): void {
  parentPort?.postMessage(message, message.kind === 'done' ? [message.vectors.buffer] : []);
}

try {
  const opened = open(workerData as EmbedWorkerData);
  // The first runs are slow.
  encodeSentences(['warm', 'up now'], opened);
  parentPort?.on('message', ({ id, texts }: EmbedJob) => {
    try {
      say({ kind: 'done', id, vectors: encodeSentences(texts, opened) });
    } catch (error) {
      say({ kind: 'error', id, why: messageOf(error) });
    }
  });
  say({ kind: 'ready', dimensions: opened.encoder.dimensions });
} catch (error) {
  say({ kind: 'failed', why: messageOf(error) });
}
