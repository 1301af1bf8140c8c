import { parentPort, workerData } from 'node:worker_threads';
import { chunkCodec, type Fineness, type KvModel } from './chunk-codec.ts';
import type { CodecReply, CodecRequest } from './codec-thread.ts';

const { model, fineness } = workerData as { readonly model: KvModel; readonly fineness?: Fineness };
const codec = chunkCodec(model, fineness);

parentPort?.on('message', (request: CodecRequest) => {
  const reply = answer(request);
  parentPort?.postMessage(
    reply,
    'chunks' in reply ? reply.chunks.map(({ buffer }) => buffer as ArrayBuffer) : [],
  );
});

function answer({ id, work }: CodecRequest): CodecReply {
  try {
    const chunks =
      work.kind === 'encode'
        ? [codec.encode(work.blocks, work.start)]
        : codec.decode(work.bytes, work.blocks, work.start);
    return { id, chunks };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}
