import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../core/message-of.ts';
import { openModel } from '../models/index.ts';
import { EngineError } from '../ports.ts';
import { type PromptEncoder, promptEncoder } from './prompt-encoder.ts';
import type { PromptReply, PromptRequest } from './prompt-thread.ts';
import { openTokenizer } from './tokenizer.ts';

const modelPath = workerData as string;
let encode: PromptEncoder | null = null;

parentPort?.on('message', (request: PromptRequest) => {
  const reply = answer(request);
  parentPort?.postMessage(reply, 'tokens' in reply ? [reply.tokens.buffer] : []);
});

function answer({ id, prompt }: PromptRequest): PromptReply {
  try {
    encode ??= open();
    return { id, tokens: Int32Array.from(encode(prompt)) };
  } catch (error) {
    return { id, code: error instanceof EngineError ? error.code : 'failed', message: messageOf(error) };
  }
}

function open(): PromptEncoder {
  const model = openModel(modelPath);
  try {
    return promptEncoder(model.tokenizer, openTokenizer(model.tokenizer));
  } finally {
    model.close();
  }
}
