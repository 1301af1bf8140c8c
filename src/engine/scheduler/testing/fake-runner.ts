import {
  BLOCK_TOKENS,
  type BlockRef,
  type ModelRunner,
  type ShardId,
  ShardLostError,
  type StepSlice,
} from '../../ports.ts';
import { blockKey } from '../block.ts';

export const FAKE_VOCAB = 24;

interface Slot {
  readonly position: number;
  readonly token: number;
  /** Of all tokens up to this one. */
  readonly prefix: number;
}

export interface FakeRunner extends ModelRunner {
  readonly steps: StepSlice[][];
  /** Awaited in the middle of each step and each copy: where faults, cancellations and moves happen. */
  during: () => Promise<void> | void;
  /** From now on every step and copy that touches the shard throws. */
  kill(shard: ShardId): void;
  /** Throws unless the block belongs to somebody. */
  mayWrite: (ref: BlockRef) => boolean;
}

export function prefixHash(prefix: number, token: number): number {
  let hash = Math.imul(prefix ^ (token + 0x9e3779b9), 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The model: logits that depend on every token so far. */
export function fakeLogits(prefix: number): Float32Array {
  return Float32Array.from(
    { length: FAKE_VOCAB },
    (_, token) => (prefixHash(prefix, token * 7919) % 1000) / 100,
  );
}

/** A runner whose KV is what it should hold: it throws when a step finds anything else in its past. */
export function createFakeRunner(localShards: readonly ShardId[] = ['a/0']): FakeRunner {
  const kv = new Map<string, (Slot | undefined)[]>();
  const dead = new Set<ShardId>();
  const steps: StepSlice[][] = [];
  let busy = false;

  const slots = (ref: BlockRef): (Slot | undefined)[] => {
    const key = blockKey(ref);
    const found = kv.get(key) ?? Array.from<Slot | undefined>({ length: BLOCK_TOKENS });
    kv.set(key, found);
    return found;
  };
  const checkAlive = (ref: BlockRef): void => {
    if (dead.has(ref.shard)) throw new ShardLostError(ref.shard, 'killed');
  };
  const exclusive = async <T>(work: () => Promise<T>): Promise<T> => {
    if (busy) throw new Error('two steps at a time');
    busy = true;
    try {
      return await work();
    } finally {
      busy = false;
    }
  };

  const at = (blocks: readonly BlockRef[], position: number): BlockRef => {
    const ref = blocks[Math.floor(position / BLOCK_TOKENS)];
    if (!ref) throw new Error(`no block for position ${position}`);
    return ref;
  };

  /** The hash of what the slice's past holds. */
  const past = ({ start, blocks }: StepSlice): number => {
    let prefix = 0;
    for (let position = 0; position < start; position++) {
      const slot = slots(at(blocks, position))[position % BLOCK_TOKENS];
      if (!slot) throw new Error(`position ${position} has no KV`);
      prefix = prefixHash(prefix, slot.token);
      if (slot.position !== position || slot.prefix !== prefix) {
        throw new Error(`the KV at ${position} is of position ${slot.position} of another text`);
      }
    }
    return prefix;
  };

  const runner: FakeRunner = {
    kv: { layers: 2, heads: 4, kvHeads: 2, headDim: 8, type: 'bf16' },
    vocabSize: FAKE_VOCAB,
    localShards,
    steps,
    during: () => {},
    mayWrite: () => true,
    kill: (shard) => void dead.add(shard),
    run: (slices) =>
      exclusive(async () => {
        steps.push([...slices]);
        const writes = new Map<string, () => void>();
        const read = new Set<string>();
        const results = slices.map((slice) => {
          const { tokens, start, blocks, logits } = slice;
          if (tokens.length === 0) throw new Error('an empty slice');
          if (blocks.length !== Math.ceil((start + tokens.length) / BLOCK_TOKENS)) {
            throw new Error(`${blocks.length} blocks for ${start} + ${tokens.length} tokens`);
          }
          for (const ref of blocks) checkAlive(ref);
          let prefix = past(slice);
          for (let position = 0; position < start; position++) {
            read.add(`${blockKey(at(blocks, position))}@${position % BLOCK_TOKENS}`);
          }
          const rows: number[] = [];
          for (const [i, token] of tokens.entries()) {
            const position = start + i;
            const ref = at(blocks, position);
            prefix = prefixHash(prefix, token);
            rows.push(prefix);
            const slot = { position, token, prefix };
            const key = `${blockKey(ref)}@${position % BLOCK_TOKENS}`;
            if (writes.has(key)) throw new Error(`two slices write ${key}`);
            writes.set(key, () => {
              if (dead.has(ref.shard)) return;
              if (!runner.mayWrite(ref)) throw new Error(`writes to ${blockKey(ref)}, which nobody has`);
              slots(ref)[position % BLOCK_TOKENS] = slot;
            });
          }
          if (logits === 'none') return null;
          const wanted = logits === 'last' ? rows.slice(-1) : rows;
          const out = new Float32Array(wanted.length * FAKE_VOCAB);
          for (const [i, row] of wanted.entries()) out.set(fakeLogits(row), i * FAKE_VOCAB);
          return out;
        });
        for (const key of writes.keys()) if (read.has(key)) throw new Error(`${key} is read and written`);
        const halves = [...writes.values()];
        for (const write of halves.slice(0, halves.length / 2)) write();
        await runner.during();
        for (const { blocks } of slices) for (const ref of blocks) checkAlive(ref);
        for (const write of halves.slice(halves.length / 2)) write();
        return results;
      }),
    copyBlock: (from, to) =>
      exclusive(async () => {
        checkAlive(from);
        checkAlive(to);
        await runner.during();
        checkAlive(from);
        checkAlive(to);
        if (!runner.mayWrite(to)) throw new Error(`copies to ${blockKey(to)}, which nobody has`);
        kv.set(blockKey(to), [...slots(from)]);
      }),
    attach: () => Promise.resolve(),
    detach: () => Promise.resolve(),
    readBlock: (ref) =>
      exclusive(async () => {
        checkAlive(ref);
        await runner.during();
        checkAlive(ref);
        return new TextEncoder().encode(JSON.stringify(slots(ref)));
      }),
    writeBlock: (ref, bytes) =>
      exclusive(async () => {
        checkAlive(ref);
        await runner.during();
        checkAlive(ref);
        if (!runner.mayWrite(ref)) throw new Error(`writes to ${blockKey(ref)}, which nobody has`);
        kv.set(blockKey(ref), JSON.parse(new TextDecoder().decode(bytes)) as Slot[]);
      }),
    wireBytes: () => ({ sent: 0, received: 0 }),
    close: () => Promise.resolve(),
  };
  return runner;
}
