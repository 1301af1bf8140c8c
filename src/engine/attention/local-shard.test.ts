import { kvLayout } from '../kv/layout.ts';
import { attentionShardContract } from './attention-shard.contract.ts';
import { createLocalShard } from './local-shard.ts';

attentionShardContract('A shard in this thread', {
  open: async (kv, blocks) =>
    createLocalShard({ id: 'here/0', kv, maxBytes: blocks * kvLayout(kv).blockBytes }),
});
