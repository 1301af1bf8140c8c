import { parentPort, workerData } from 'node:worker_threads';
import { openModel } from '../models/index.ts';
import { messageOf } from '../../core/message-of.ts';
import { type ChunkCodec, chunkCodec } from './chunk-codec.ts';
import type { CodecReply, CodecRequest, CodecSettings } from './codec-thread.ts';
import { kvModelOf, usualFineness } from './kv-model.ts';

const settings = workerData as CodecSettings;
let codec: ChunkCodec | null = null;

parentPort?.on('message', (request: CodecRequest) => {
  const reply = answer(request);
  parentPort?.postMessage(
    reply,
    'chunks' in reply ? reply.chunks.map(({ buffer }) => buffer as ArrayBuffer) : [],
  );
});

function answer({ id, work }: CodecRequest): CodecReply {
  try {
    codec ??= openCodec(settings);
    const chunks =
      work.kind === 'encode'
        ? [codec.encode(work.blocks, work.start)]
        : codec.decode(work.bytes, work.blocks, work.start);
    return { id, chunks };
  } catch (error) {
    return { id, error: messageOf(error) };
  }
}

function openCodec({ kv, rope, modelPath }: CodecSettings): ChunkCodec {
  if (modelPath === null) return chunkCodec({ kv, rope, relations: null });
  const model = openModel(modelPath);
  return chunkCodec(kvModelOf(model, kv), usualFineness(model));
}
