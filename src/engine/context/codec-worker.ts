import { parentPort, workerData } from 'node:worker_threads';
import type { KvShape } from '../ports.ts';
import { chunkCodec, type Fineness } from './chunk-codec.ts';
import type { CodecReply, CodecRequest } from './codec-thread.ts';

const { kv, fineness } = workerData as { readonly kv: KvShape; readonly fineness?: Fineness };
const codec = chunkCodec(kv, fineness);

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
      work.kind === 'encode' ? [codec.encode(work.blocks)] : codec.decode(work.bytes, work.blocks);
    return { id, chunks };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}
