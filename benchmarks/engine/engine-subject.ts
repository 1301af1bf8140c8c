import { openCausalAttention } from '../../src/engine/attention/causal.ts';
import { createLocalShard } from '../../src/engine/attention/local-shard.ts';
import { kvLayout } from '../../src/engine/kv/layout.ts';
import type { Arithmetic } from '../../src/engine/graphs/linear.ts';
import { openModel } from '../../src/engine/models/index.ts';
import { BLOCK_TOKENS, type KvType, type StepSlice } from '../../src/engine/ports.ts';
import { createRunner, kvShapeOf } from '../../src/engine/runner/runner.ts';
import { selfAttention } from '../../src/engine/runner/self-attention.ts';
import { largest, type Subject } from './subject.ts';

/** This project's engine in this thread, one shard, nothing around it. */
export async function openEngine(
  modelPath: string,
  contextTokens: number,
  kvType: KvType,
  arithmetic: Arithmetic,
): Promise<Subject> {
  const model = openModel(modelPath);
  const kv = kvShapeOf(model, kvType);
  const blockCount = Math.ceil(contextTokens / BLOCK_TOKENS);
  const shard = createLocalShard({ id: 'own/0', kv, maxBytes: blockCount * kvLayout(kv).blockBytes });
  const runner = createRunner(model, kv, {
    selfAttention: selfAttention(kv, openCausalAttention(kv)),
    round: (values) => shard.round(values),
    arithmetic,
  });
  model.close();
  runner.add(shard, 'here');
  const blocks = Array.from({ length: blockCount }, (_, block) => ({ shard: shard.id, block }));
  const run = async (tokens: readonly number[], start: number, logits: StepSlice['logits']) => {
    const [out] = await runner.run([{ tokens: Int32Array.from(tokens), start, blocks, logits }]);
    return out ?? new Float32Array();
  };
  return {
    name: `infinite-llm, KV in ${kvType}, ${arithmetic} arithmetic`,
    next: async (tokens, start) => largest(await run(tokens, start, 'last')),
    logits: (tokens, start) => run(tokens, start, 'last'),
    close: () => runner.close(),
  };
}
