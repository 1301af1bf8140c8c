import { parentPort, workerData } from 'node:worker_threads';
import { openCausalAttention } from '../attention/causal.ts';
import { openModel } from '../models/index.ts';
import type { KvShape } from '../ports.ts';
import { type OpenShards, openLocalShards } from './local-shards.ts';
import { unpackSlices } from './packed-slices.ts';
import { RemoteShards } from './remote-shards.ts';
import {
  failureOf,
  type RunnerCall,
  type RunnerMessage,
  type RunnerRequest,
  type RunnerSettings,
} from './runner-messages.ts';
import { createRunner, kvShapeOf, type Runner } from './runner.ts';
import { selfAttention } from './self-attention.ts';

type Port = NonNullable<typeof parentPort>;

async function start(port: Port, settings: RunnerSettings): Promise<void> {
  const say = (message: RunnerMessage, transfer: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  try {
    const { runner, shards, kv } = await open(settings, say);
    serve(port, say, runner, shards, new RemoteShards(settings, kv));
    say({ type: 'ready', kv, vocabSize: runner.vocabSize, shards: shards.described });
  } catch (error) {
    say({ type: 'failed', failure: failureOf(error) });
    port.close();
  }
}

async function open(
  settings: RunnerSettings,
  say: (message: RunnerMessage) => void,
): Promise<{ runner: Runner; shards: OpenShards; kv: KvShape }> {
  const model = openModel(settings.modelPath);
  try {
    const kv = kvShapeOf(model, settings.kvType);
    const shards = await openLocalShards(settings, kv);
    const runner = createRunner(model, kv, {
      selfAttention: selfAttention(kv, openCausalAttention(kv)),
      round: shards.round,
      ...(settings.floats && { floats: settings.floats }),
      ...(settings.arithmetic && { arithmetic: settings.arithmetic }),
      // Others' requests to this thread's shard are answered between layers.
      ...(settings.wire.listen && { breathe: nextTurn }),
      onProgress: (done, all) => say({ type: 'progress', done, all }),
    });
    for (const { shard, place } of shards.shards) runner.add(shard, place);
    return { runner, shards, kv };
  } finally {
    model.close();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Calls are done one after the other, in their order; only connecting takes its time beside them. */
function serve(
  port: Port,
  say: (message: RunnerMessage, transfer?: readonly ArrayBuffer[]) => void,
  runner: Runner,
  shards: OpenShards,
  remote: RemoteShards,
): void {
  let before: Promise<unknown> = Promise.resolve();
  const inTurn = (call: RunnerCall): Promise<unknown> => {
    const done = before.then(() => perform(call));
    before = done.catch(() => undefined);
    return done;
  };
  const perform = async (call: RunnerCall): Promise<unknown> => {
    switch (call.call) {
      case 'run':
        // Logits lie in ONNX Runtime's memory, which cannot be handed over.
        return (await runner.run(unpackSlices(call.packed))).map((logits) => logits?.slice() ?? null);
      case 'attach':
        return runner.add(await remote.connect(call.address), 'remote');
      case 'detach':
        runner.remove(call.shard);
        return remote.close(call.shard);
      case 'copyBlock':
        return runner.copyBlock(call.from, call.to);
      case 'readBlock':
        return (await runner.readBlock(call.ref)).slice();
      case 'writeBlock':
        return runner.writeBlock(call.ref, call.bytes);
      case 'close':
        await shards.stop();
        return runner.close();
    }
  };
  port.on('message', ({ id, ...call }: RunnerRequest) => {
    // A step that waits for a shard which is given up ends now, and not when its time is up.
    if (call.call === 'detach') void remote.close(call.shard);
    const done = call.call === 'attach' ? perform(call) : inTurn(call);
    done.then(
      (value) => {
        say({ type: 'result', id, value, wire: remote.bytes() }, buffersOf(value));
        if (call.call === 'close') port.close();
      },
      (error: unknown) => say({ type: 'error', id, failure: failureOf(error), wire: remote.bytes() }),
    );
  });
}

/** What can change threads without a copy. */
function buffersOf(value: unknown): readonly ArrayBuffer[] {
  const arrays = Array.isArray(value) ? value : [value];
  return arrays.flatMap((each) =>
    ArrayBuffer.isView(each) && each.buffer instanceof ArrayBuffer ? [each.buffer] : [],
  );
}

if (parentPort) await start(parentPort, workerData as RunnerSettings);
