import type { BlockPool, BlockRef, ShardId } from '../../ports.ts';
import type { Load } from '../managers/entries.ts';
import type { Random } from './random.contract.ts';

/** A block in use, and what was last written to it. */
export interface UsedBlock {
  ref: BlockRef;
  content: number;
  readonly request: SimRequest;
}

export interface SimRequest {
  readonly id: number;
  readonly blocks: UsedBlock[];
}

/** A scheduler that knows no tokens: requests come, grow and end, and each of their blocks remembers what it must hold. */
export class Requests {
  readonly #pool: BlockPool;
  readonly #random: Random;
  readonly #write: (used: UsedBlock) => void;
  readonly #running: SimRequest[] = [];
  readonly #used = new Map<string, UsedBlock>();
  readonly lost = new Set<ShardId>();
  #waiting: number[] = [];
  #last = 0;
  more = 0;

  constructor(pool: BlockPool, random: Random, write: (used: UsedBlock) => void) {
    this.#pool = pool;
    this.#random = random;
    this.#write = write;
    pool.onMore(() => {
      this.more += 1;
      this.#admit();
    });
    pool.onLost((shard) => {
      if (this.lost.has(shard)) throw new Error(`${shard} is lost twice`);
      this.lost.add(shard);
      this.#forget(shard);
    });
  }

  used(): Iterable<UsedBlock> {
    return this.#used.values();
  }

  get running(): number {
    return this.#running.length;
  }

  start(blocks: number): void {
    this.#waiting.push(blocks);
    this.#admit();
  }

  grow(): void {
    const request = this.#random.pick(this.#running);
    if (request && !this.#add(request, 1)) this.#pool.want(1);
  }

  finish(): void {
    const request = this.#random.pick(this.#running);
    if (!request) return;
    this.#running.splice(this.#running.indexOf(request), 1);
    for (const { ref } of request.blocks) this.#used.delete(nameOf(ref));
    this.#pool.free(request.blocks.map(({ ref }) => ref));
    this.#admit();
  }

  finishAll(): void {
    this.#waiting = [];
    this.#pool.want(0);
    while (this.#running.length > 0) this.finish();
  }

  /** @returns false when `from` is not what it was, or `to` is lost */
  replace(used: UsedBlock, from: BlockRef, to: BlockRef): boolean {
    if (this.#used.get(nameOf(from)) !== used || this.lost.has(to.shard)) return false;
    this.#used.delete(nameOf(from));
    used.ref = to;
    this.#hold(used);
    return true;
  }

  at(ref: BlockRef): UsedBlock | undefined {
    return this.#used.get(nameOf(ref));
  }

  load(isLocal: (shard: ShardId) => boolean): Load {
    const waitingBlocks = this.#waiting.reduce((sum, blocks) => sum + blocks, 0);
    return {
      running: this.#running.length,
      waiting: this.#waiting.length,
      waitingBlocks: this.#waiting.length > 0 ? waitingBlocks / this.#waiting.length : 0,
      requests: this.#running.map(({ id, blocks }) => ({
        id: String(id),
        blocks: blocks.length,
        localBlocks: blocks.filter(({ ref }) => isLocal(ref.shard)).length,
      })),
    };
  }

  #admit(): void {
    for (;;) {
      const [blocks] = this.#waiting;
      if (blocks === undefined) return;
      this.#last += 1;
      const request: SimRequest = { id: this.#last, blocks: [] };
      if (!this.#add(request, blocks)) {
        this.#pool.want(blocks);
        return;
      }
      this.#waiting.shift();
      this.#running.push(request);
    }
  }

  #add(request: SimRequest, blocks: number): boolean {
    const refs = this.#pool.allocate(blocks);
    if (!refs) return false;
    if (refs.length !== blocks) throw new Error(`${refs.length} blocks instead of ${blocks}`);
    for (const ref of refs) {
      const used = { ref, content: 0, request };
      this.#hold(used);
      request.blocks.push(used);
      this.#write(used);
    }
    return true;
  }

  #hold(used: UsedBlock): void {
    const name = nameOf(used.ref);
    if (this.#used.has(name)) throw new Error(`${name} is handed out twice`);
    if (this.lost.has(used.ref.shard)) throw new Error(`${name} is handed out, but its shard is lost`);
    this.#used.set(name, used);
  }

  #forget(shard: ShardId): void {
    for (const request of this.#running) {
      const gone = request.blocks.filter(({ ref }) => ref.shard === shard);
      for (const used of gone) {
        this.#used.delete(nameOf(used.ref));
        request.blocks.splice(request.blocks.indexOf(used), 1);
      }
    }
  }
}

function nameOf({ shard, block }: BlockRef): string {
  return `${shard}/${block}`;
}
