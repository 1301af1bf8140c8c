import type { ShardId } from '../../ports.ts';
import type { HomeBlocks } from './home.ts';
import type { InstanceId, LeasedBlocks, Message, Part, Send } from './messages.ts';

/**
 * What keeps others from blocks that are not theirs, where the data arrives. Calls for the same shard take effect in the
 * order in which they are made, and call back once they have.
 */
export interface Fence {
  /** From now on `instance` may read and write the blocks. */
  permit(shard: ShardId, blocks: readonly number[], instance: InstanceId, done: () => void): void;
  /** From now on it may not, whatever it still sends. */
  revoke(shard: ShardId, blocks: readonly number[], instance: InstanceId, done: () => void): void;
  /** The same for all blocks of all shards, and its open connections to them never work again. */
  expel(instance: InstanceId, done: () => void): void;
}

interface Lease {
  readonly shard: ShardId;
  readonly request: number;
  readonly blocks: Set<number>;
}

/** What may be lent. */
export interface Room {
  /** Blocks that others may have now. */
  free(): number;
  /** Called before so many blocks are lent: they may be had by giving up what is not needed. */
  make(blocks: number): void;
}

/** One borrower from its first request until it is dead, begins anew, or has lost its blocks. */
interface Session {
  readonly id: number;
  readonly leases: Map<number, Lease>;
  /** The newest request, and what it got. */
  request: number;
  granted: readonly number[];
  /** Grants are told only once the data plane lets the borrower in. */
  waiting: number;
  closed: number;
}

/**
 * Lends this instance's free blocks: first come, first served, as many as there are. Every message may be lost, repeated
 * or late. A block is lent anew only after the fence keeps its last borrower out.
 */
export class Lender {
  readonly #home: HomeBlocks;
  readonly #fence: Fence;
  readonly #send: Send;
  readonly #room: Room;
  readonly #freed: () => void;
  readonly #sessions = new Map<InstanceId, Session>();
  /** Borrowers being kept out; nothing is lent to them meanwhile. */
  readonly #expelling = new Map<InstanceId, number>();
  #lastSession = 0;
  #lastLease = 0;

  /** @param freed called when lent blocks are free again */
  constructor(home: HomeBlocks, fence: Fence, send: Send, room: Room, freed: () => void) {
    this.#home = home;
    this.#fence = fence;
    this.#send = send;
    this.#room = room;
    this.#freed = freed;
  }

  /** Blocks lent to each. */
  lent(): Map<InstanceId, number> {
    const counts = new Map<InstanceId, number>();
    for (const [borrower, { leases }] of this.#sessions) {
      let count = 0;
      for (const { blocks } of leases.values()) count += blocks.size;
      if (count > 0) counts.set(borrower, count);
    }
    return counts;
  }

  lease(from: InstanceId, { session: named, request, blocks: count }: Message & { type: 'lease' }): void {
    const known = this.#sessions.get(from);
    if (known && request <= known.request) {
      // Sent twice, or late. The newest one's answer may have been lost.
      if (request === known.request) this.#answer(from, known);
      return;
    }
    if (named !== 0 && named !== known?.id) {
      this.#send(from, { type: 'gone', session: named });
      return;
    }
    // It has given up what it held, or it would name its session.
    if (known && named === 0) this.drop(from);
    if (this.#expelling.has(from)) {
      this.#send(from, { type: 'grant', session: 0, request, parts: [] });
      return;
    }
    const session = (named !== 0 && known) || this.#begin(from);
    this.#grant(from, session, request, count);
  }

  release(from: InstanceId, leases: readonly LeasedBlocks[]): void {
    const session = this.#sessions.get(from);
    if (!session) return;
    for (const { lease, blocks } of leases) this.#end(from, session, lease, blocks);
  }

  renew(from: InstanceId, { session: named, closed, held }: Message & { type: 'renew' }): void {
    const session = this.#sessions.get(from);
    if (session?.id !== named) {
      if (named !== 0) this.#send(from, { type: 'gone', session: named });
      // It never heard of this session, and never will.
      else if (session && session.request <= closed) this.drop(from);
      return;
    }
    session.closed = Math.max(session.closed, closed);
    const holds = new Map(held.map(({ lease, blocks }) => [lease, new Set(blocks)]));
    for (const [id, lease] of session.leases) {
      if (lease.request > closed) continue;
      const kept = holds.get(id);
      this.#end(
        from,
        session,
        id,
        [...lease.blocks].filter((block) => !kept?.has(block)),
      );
    }
  }

  /** Ends all that a borrower has: it is dead, or it begins anew. */
  drop(from: InstanceId): void {
    const session = this.#sessions.get(from);
    if (!session) return;
    this.#sessions.delete(from);
    this.#expelling.set(from, (this.#expelling.get(from) ?? 0) + 1);
    this.#fence.expel(from, () => {
      const left = (this.#expelling.get(from) ?? 1) - 1;
      if (left > 0) this.#expelling.set(from, left);
      else this.#expelling.delete(from);
      for (const { shard, blocks } of session.leases.values()) this.#home.recover(shard, [...blocks]);
      session.leases.clear();
      this.#freed();
    });
  }

  /** A shard of this process is gone: those who borrowed from it begin anew. */
  lose(shard: ShardId): void {
    for (const [borrower, { id, leases }] of this.#sessions)
      if ([...leases.values()].some((lease) => lease.shard === shard)) {
        this.drop(borrower);
        this.#send(borrower, { type: 'gone', session: id });
      }
  }

  /** Asks those who hold most for blocks back. */
  recall(count: number, except: InstanceId | null = null): void {
    let missing = count;
    for (const [borrower, lent] of [...this.lent()].sort(([, a], [, b]) => b - a)) {
      if (missing <= 0) return;
      if (borrower === except) continue;
      const blocks = Math.min(lent, missing);
      this.#send(borrower, { type: 'recall', blocks });
      missing -= blocks;
    }
  }

  /** This instance ends: asks everybody for everything. To be said again as long as something is lent. */
  recallAll(): void {
    for (const [borrower, blocks] of this.lent())
      this.#send(borrower, { type: 'recall', blocks, leaving: true });
  }

  #begin(from: InstanceId): Session {
    this.#lastSession += 1;
    const session = {
      id: this.#lastSession,
      leases: new Map<number, Lease>(),
      request: 0,
      granted: [],
      waiting: 0,
      closed: 0,
    };
    this.#sessions.set(from, session);
    return session;
  }

  #grant(from: InstanceId, session: Session, request: number, count: number): void {
    session.request = request;
    if (request <= session.closed) return;
    this.#room.make(count);
    const parts = this.#home.lend(Math.max(0, Math.min(count, this.#room.free())));
    // Others may have what they do not need; the borrower asks again.
    const missing = count - parts.reduce((sum, { blocks }) => sum + blocks.length, 0);
    if (missing > 0) this.recall(missing, from);
    session.granted = parts.map(({ shard, blocks }) => {
      this.#lastLease += 1;
      session.leases.set(this.#lastLease, { shard, request, blocks: new Set(blocks) });
      return this.#lastLease;
    });
    session.waiting += parts.length;
    for (const { shard, blocks } of parts)
      this.#fence.permit(shard, blocks, from, () => {
        session.waiting -= 1;
        this.#answer(from, session);
      });
    this.#answer(from, session);
  }

  #answer(from: InstanceId, session: Session): void {
    if (session.waiting > 0 || this.#sessions.get(from) !== session) return;
    const parts = session.granted.flatMap((id): Part[] => {
      const lease = session.leases.get(id);
      const address = lease && this.#home.address(lease.shard);
      return address ? [{ lease: id, shard: lease.shard, ...address, blocks: [...lease.blocks] }] : [];
    });
    this.#send(from, { type: 'grant', session: session.id, request: session.request, parts });
  }

  #end(from: InstanceId, session: Session, id: number, ended: readonly number[]): void {
    const lease = session.leases.get(id);
    const blocks = lease ? ended.filter((block) => lease.blocks.delete(block)) : [];
    if (!lease || blocks.length === 0) return;
    if (lease.blocks.size === 0) session.leases.delete(id);
    this.#fence.revoke(lease.shard, blocks, from, () => {
      this.#home.recover(lease.shard, blocks);
      this.#freed();
    });
  }
}
