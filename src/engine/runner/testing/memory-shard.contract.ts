import {
  type AttentionShard,
  BLOCK_TOKENS,
  type KvShape,
  type Partials,
  type Pending,
  ShardLostError,
  type ShardStep,
} from '../../ports.ts';
import { roundKv } from './round-kv.contract.ts';

export interface MemoryShard extends AttentionShard {
  /** From now on every call, and what calls promised, fails. */
  lose(): void;
  readonly log: readonly string[];
}

/** A shard in plain maps and 64-bit sums; `asynchronous` ones answer later, as those of other processes do. */
export function memoryShard(
  id: string,
  kv: KvShape,
  {
    asynchronous = false,
    capacity = 64,
  }: { readonly asynchronous?: boolean; readonly capacity?: number } = {},
): MemoryShard {
  const width = kv.kvHeads * kv.headDim;
  const cells = new Map<string, { k: Float32Array; v: Float32Array }>();
  const log: string[] = [];
  let step: ShardStep | null = null;
  let lost = false;
  const check = (): void => {
    if (lost) throw new ShardLostError(id, 'the test took it away');
  };
  const later = <T>(value: () => T): Pending<T> => ({
    ready: () => {
      if (!asynchronous) {
        check();
        return value();
      }
      return new Promise((resolve, reject) => {
        setImmediate(() => {
          if (lost) reject(new ShardLostError(id, 'the test took it away'));
          else resolve(value());
        });
      });
    },
  });
  const cellOf = (layer: number, block: number, slot: number): string => {
    if (block >= capacity) throw new RangeError(`block ${block} of ${capacity}`);
    return `${layer}.${block}.${slot}`;
  };
  const row = (from: Float32Array, at: number): Float32Array => {
    const out = from.slice(at * width, (at + 1) * width);
    roundKv(kv, out);
    return out;
  };
  return {
    id,
    kv,
    log,
    lose() {
      lost = true;
    },
    begin(next) {
      check();
      if (step) throw new Error(`${id}: a step began within a step`);
      step = next;
      log.push('begin');
    },
    attend(layer, q) {
      check();
      log.push(`attend ${layer}`);
      const of = step;
      if (!of) throw new Error(`${id}: attend outside a step`);
      const queries = q.slice();
      return later(() =>
        attendBlocks(kv, of, queries, (block, slot) => cells.get(cellOf(layer, block, slot))),
      );
    },
    append(layer, k, v) {
      check();
      log.push(`append ${layer}`);
      step?.writes.blocks.forEach((block, i) => {
        cells.set(cellOf(layer, block, step?.writes.slots[i] ?? 0), { k: row(k, i), v: row(v, i) });
      });
    },
    end() {
      check();
      if (!step) throw new Error(`${id}: a step ended that had not begun`);
      step = null;
      log.push('end');
      return later(() => undefined);
    },
    async readBlock(block) {
      check();
      const floats = new Float32Array(kv.layers * BLOCK_TOKENS * width * 2);
      for (let layer = 0; layer < kv.layers; layer++)
        for (let slot = 0; slot < BLOCK_TOKENS; slot++) {
          const cell = cells.get(cellOf(layer, block, slot));
          const at = (layer * BLOCK_TOKENS + slot) * width * 2;
          if (cell) floats.set(cell.k, at);
          if (cell) floats.set(cell.v, at + width);
        }
      return new Uint8Array(floats.buffer);
    },
    async writeBlock(block, bytes) {
      check();
      const floats = new Float32Array(bytes.slice().buffer);
      for (let layer = 0; layer < kv.layers; layer++)
        for (let slot = 0; slot < BLOCK_TOKENS; slot++) {
          const at = (layer * BLOCK_TOKENS + slot) * width * 2;
          cells.set(cellOf(layer, block, slot), {
            k: floats.slice(at, at + width),
            v: floats.slice(at + width, at + 2 * width),
          });
        }
    },
    async close() {
      lost = true;
    },
  };
}

function attendBlocks(
  { heads, kvHeads, headDim }: KvShape,
  step: ShardStep,
  q: Float32Array,
  cellAt: (block: number, slot: number) => { k: Float32Array; v: Float32Array } | undefined,
): Partials {
  const m = new Float32Array(step.rows * heads).fill(-Infinity);
  const e = new Float32Array(step.rows * heads);
  const ma = new Float32Array(step.rows * heads * headDim);
  for (const { firstRow, rowCount, blocks, tokens } of step.jobs)
    for (let row = firstRow; row < firstRow + rowCount; row++)
      for (let head = 0; head < heads; head++) {
        const at = row * heads + head;
        const kvAt = Math.floor((head * kvHeads) / heads) * headDim;
        const query = q.subarray(at * headDim, (at + 1) * headDim);
        const held = Array.from({ length: tokens }, (_, token) => {
          const block = blocks[Math.floor(token / BLOCK_TOKENS)];
          const cell = cellAt(block ?? -1, token % BLOCK_TOKENS);
          if (!cell) throw new Error(`block ${block} holds no token ${token % BLOCK_TOKENS}`);
          return cell;
        });
        const scores = held.map(({ k }) => query.reduce((sum, each, d) => sum + each * k[kvAt + d]!, 0));
        const most = Math.max(...scores);
        m[at] = most;
        const sums = new Float64Array(headDim);
        let all = 0;
        scores.forEach((score, token) => {
          const share = Math.exp(score - most);
          all += share;
          for (let d = 0; d < headDim; d++) sums[d]! += share * held[token]!.v[kvAt + d]!;
        });
        e[at] = all;
        ma.set(sums, at * headDim);
      }
  return { m, e, ma };
}
