import type { BlockRef, ShardAddress, ShardId } from '../../ports.ts';
import { HeldShard } from './held-shard.ts';
import type { InstanceId, LeasedBlocks, Message, Part, Send } from './messages.ts';
import { LEAST_BLOCKS } from './spread.ts';
import type { Timing } from './timing.ts';

/** The data plane's side of borrowing. */
export interface Attachments {
  /** Calls back with whether the shard can be used. */
  attach(address: ShardAddress, done: (attached: boolean) => void): void;
  detach(shard: ShardId): void;
}

export interface BorrowerEvents {
  /** More blocks can be used. */
  came(): void;
  /** The shard's blocks hold nothing any more. */
  lost(shard: ShardId): void;
}

type Purpose = 'grow' | 'move';

/** One lender, as this borrower sees it. */
interface Source {
  session: number;
  lastRequest: number;
  open: {
    readonly request: number;
    readonly blocks: number;
    readonly sentMs: number;
    readonly purpose: Purpose;
  } | null;
  retryAtMs: number;
  /** Blocks that the lender wants back as soon as they are free. */
  recalled: number;
  /** The lender is about to end. */
  leaving: boolean;
  renewedMs: number;
  /** How often a shard of it was lost. */
  losses: number;
}

/** What this instance borrows: sessions with lenders, leases, and which borrowed blocks are in use. */
export class Borrower {
  readonly #send: Send;
  readonly #attachments: Attachments;
  readonly #events: BorrowerEvents;
  readonly #now: () => number;
  readonly #timing: Timing;
  readonly #sources = new Map<InstanceId, Source>();
  readonly #held = new Map<ShardId, HeldShard>();
  #refused = 0;
  /** Blocks are taken of this shard, and so many more. */
  #filling: HeldShard | null = null;
  #portion = 0;

  constructor(
    send: Send,
    attachments: Attachments,
    events: BorrowerEvents,
    now: () => number,
    timing: Timing,
  ) {
    this.#send = send;
    this.#attachments = attachments;
    this.#events = events;
    this.#now = now;
    this.#timing = timing;
  }

  lenderOf(shard: ShardId): InstanceId | null {
    return this.#held.get(shard)?.lender ?? null;
  }

  /** Questions that were answered with fewer blocks than asked for. */
  get refused(): number {
    return this.#refused;
  }

  counts(): {
    readonly usable: number;
    readonly free: number;
    readonly all: number;
    readonly coming: number;
  } {
    let [usable, free, all, coming] = [0, 0, 0, 0];
    for (const shard of this.#held.values()) {
      all += shard.size;
      if (shard.attached) {
        usable += shard.size;
        free += shard.idle;
      } else coming += shard.size;
    }
    for (const { open } of this.#sources.values()) if (open?.purpose === 'grow') coming += open.blocks;
    return { usable, free, all, coming };
  }

  /** Blocks held of each lender. */
  borrowed(): Map<InstanceId, number> {
    const counts = new Map<InstanceId, number>();
    for (const { lender, size } of this.#held.values()) counts.set(lender, (counts.get(lender) ?? 0) + size);
    return counts;
  }

  /**
   * Up to `count` usable blocks; of one lender, or of all but some. In portions, each of the shard with the most left: a long
   * text lies evenly on all of them, so that they have equal work, and a short one on few, which need fewer messages.
   */
  take(
    count: number,
    from: { readonly only?: InstanceId; readonly except?: (lender: InstanceId) => boolean } = {},
  ): BlockRef[] {
    const shards = [...this.#held.values()].filter(
      ({ attached, lender }) =>
        attached && !from.except?.(lender) && (from.only === undefined || lender === from.only),
    );
    const taken: BlockRef[] = [];
    while (taken.length < count) {
      const shard = this.#nextShard(shards);
      if (!shard) break;
      const blocks = shard.take(Math.min(count - taken.length, this.#portion));
      this.#portion -= blocks.length;
      for (const block of blocks) taken.push({ shard: shard.id, block });
    }
    return taken;
  }

  /** The one that the portion is of, while it lasts. */
  #nextShard(shards: readonly HeldShard[]): HeldShard | undefined {
    const current = this.#filling;
    if (current && this.#portion > 0 && current.idle > 0 && shards.includes(current)) return current;
    const next = shards.reduce<HeldShard | undefined>(
      (most, shard) => (shard.idle > (most?.idle ?? 0) ? shard : most),
      undefined,
    );
    if (next) {
      this.#filling = next;
      this.#portion = LEAST_BLOCKS;
    }
    return next;
  }

  /** Blocks of shards that were lost are passed over. */
  free({ shard: id, block }: BlockRef): void {
    const shard = this.#held.get(id);
    if (!shard) return;
    shard.free(block, this.#now());
    const source = this.#source(shard.lender);
    if (source.recalled > 0) this.#giveBack(shard.lender, source.recalled);
  }

  /** Whether a lender may be asked now. */
  mayAsk(lender: InstanceId): boolean {
    const source = this.#sources.get(lender);
    return !source || (!source.open && !source.leaving && this.#now() >= source.retryAtMs);
  }

  ask(lender: InstanceId, blocks: number, purpose: Purpose): void {
    const source = this.#source(lender);
    source.lastRequest += 1;
    // Whoever asks for blocks is not one to give them back at once.
    source.recalled = 0;
    source.open = { request: source.lastRequest, blocks, sentMs: this.#now(), purpose };
    this.#send(lender, { type: 'lease', session: source.session, request: source.lastRequest, blocks });
  }

  /** @returns blocks that came for a move */
  granted(from: InstanceId, { session, request, parts }: Message & { type: 'grant' }): number {
    const source = this.#source(from);
    const { open } = source;
    if (open?.request !== request || (source.session !== 0 && source.session !== session)) {
      this.#refuse(from, parts);
      return 0;
    }
    source.open = null;
    if (session !== 0) source.session = session;
    const came = parts.reduce((sum, { blocks }) => sum + blocks.length, 0);
    if (came < open.blocks) {
      source.retryAtMs = this.#now() + this.#timing.retryMs;
      this.#refused += 1;
    }
    for (const part of parts) this.#add(from, source, part);
    this.#letLeave(from);
    this.#events.came();
    return open.purpose === 'move' ? came : 0;
  }

  /** The lender ended the session: nothing that was held under it is. */
  gone(from: InstanceId, session: number): void {
    const source = this.#sources.get(from);
    if (source && source.session === session) this.#leave(from, source);
  }

  recalled(from: InstanceId, { blocks, leaving = false }: Message & { type: 'recall' }): void {
    const source = this.#sources.get(from);
    if (!source) return;
    source.recalled = blocks;
    source.leaving ||= leaving;
    this.#giveBack(from, blocks);
  }

  isLeaving(lender: InstanceId): boolean {
    return this.#sources.get(lender)?.leaving ?? false;
  }

  /** Blocks that each lender wants back and that are in use. */
  recalls(): [InstanceId, number][] {
    return [...this.#sources].flatMap(([lender, { recalled }]) => (recalled > 0 ? [[lender, recalled]] : []));
  }

  /** The lender is dead: what it held is lost. */
  lenderDied(lender: InstanceId): void {
    const source = this.#sources.get(lender);
    if (source) this.#leave(lender, source);
  }

  /** A shard did not answer. Nothing of its lender is used any more, until a new session begins. */
  shardFailed(id: ShardId): void {
    const shard = this.#held.get(id);
    if (!shard) return;
    const source = this.#source(shard.lender);
    const held = this.#heldOf(shard.lender).flatMap((shard) => shard.held());
    this.#leave(shard.lender, source);
    this.#send(shard.lender, { type: 'release', leases: held });
  }

  /** A connection opened (again): what was said before may not have arrived. */
  connected(lender: InstanceId): void {
    const source = this.#sources.get(lender);
    if (source) this.#renew(lender, source);
  }

  /** No connection is open any more: an answer that is under way is lost. */
  disconnected(lender: InstanceId): void {
    const source = this.#sources.get(lender);
    if (source) source.open = null;
  }

  /** Gives up old questions, gives idle blocks back, says what is held. */
  tick(): void {
    const now = this.#now();
    for (const [lender, source] of this.#sources) {
      const { open } = source;
      if (open && now - open.sentMs >= this.#timing.requestMs) {
        source.open = null;
        source.retryAtMs = now + this.#timing.retryMs;
        this.#renew(lender, source);
      } else if (open && now - open.sentMs >= this.#timing.requestMs / 2)
        this.#send(lender, {
          type: 'lease',
          session: source.session,
          request: open.request,
          blocks: open.blocks,
        });
      if (now - source.renewedMs >= this.#timing.renewMs) this.#renew(lender, source);
    }
    for (const shard of this.#held.values())
      this.#release(shard, shard.attached ? shard.giveBack(shard.size, now - this.#timing.idleMs) : []);
  }

  /** Gives everything back, at the end. */
  close(): void {
    for (const shard of this.#held.values())
      this.#send(shard.lender, { type: 'release', leases: shard.held() });
    this.#held.clear();
  }

  #source(lender: InstanceId): Source {
    const known = this.#sources.get(lender);
    if (known) return known;
    const source: Source = {
      session: 0,
      lastRequest: 0,
      open: null,
      retryAtMs: 0,
      recalled: 0,
      leaving: false,
      renewedMs: this.#now(),
      losses: 0,
    };
    this.#sources.set(lender, source);
    return source;
  }

  #heldOf(lender: InstanceId): HeldShard[] {
    return [...this.#held.values()].filter((shard) => shard.lender === lender);
  }

  #add(from: InstanceId, source: Source, { lease, shard: remoteId, host, port, blocks }: Part): void {
    const id = source.losses === 0 ? remoteId : `${remoteId}~${source.losses}`;
    const known = this.#held.get(id);
    if (known) {
      known.add(lease, blocks, this.#now());
      return;
    }
    const shard = new HeldShard(from, id === remoteId ? { id, host, port } : { id, remoteId, host, port });
    shard.add(lease, blocks, this.#now());
    this.#held.set(id, shard);
    this.#attachments.attach(shard.address, (attached) => {
      if (this.#held.get(id) !== shard) {
        if (attached) this.#attachments.detach(id);
        return;
      }
      if (!attached) {
        this.shardFailed(id);
        return;
      }
      shard.attached = true;
      this.#letLeave(from);
      this.#events.came();
    });
  }

  #refuse(from: InstanceId, parts: readonly Part[]): void {
    const held = this.#heldOf(from).flatMap((shard) => shard.held());
    const leases = parts.flatMap(({ lease, blocks }): LeasedBlocks[] => {
      const kept = new Set(held.filter((other) => other.lease === lease).flatMap((other) => other.blocks));
      const unknown = blocks.filter((block) => !kept.has(block));
      return unknown.length > 0 ? [{ lease, blocks: unknown }] : [];
    });
    if (leases.length > 0) this.#send(from, { type: 'release', leases });
  }

  #giveBack(lender: InstanceId, count: number): void {
    let missing = count;
    for (const shard of this.#heldOf(lender)) {
      const before = shard.size;
      this.#release(shard, shard.attached ? shard.giveBack(missing) : []);
      missing -= before - shard.size;
    }
    const left = this.#heldOf(lender).reduce((sum, { size }) => sum + size, 0);
    this.#source(lender).recalled = Math.min(missing, left);
  }

  /** What came from a lender that is about to end goes back unused. */
  #letLeave(lender: InstanceId): void {
    if (this.isLeaving(lender)) this.#giveBack(lender, Number.MAX_SAFE_INTEGER);
  }

  #release(shard: HeldShard, leases: readonly LeasedBlocks[]): void {
    if (leases.length > 0) this.#send(shard.lender, { type: 'release', leases });
  }

  #renew(lender: InstanceId, source: Source): void {
    source.renewedMs = this.#now();
    this.#send(lender, {
      type: 'renew',
      session: source.session,
      closed: source.open ? source.open.request - 1 : source.lastRequest,
      held: this.#heldOf(lender).flatMap((shard) => shard.held()),
    });
  }

  #leave(lender: InstanceId, source: Source): void {
    source.session = 0;
    source.open = null;
    source.recalled = 0;
    source.leaving = false;
    source.losses += 1;
    source.retryAtMs = this.#now() + this.#timing.lossMs;
    const lost = this.#heldOf(lender);
    for (const { id } of lost) this.#held.delete(id);
    for (const shard of lost) {
      if (shard.attached) this.#attachments.detach(shard.id);
      this.#events.lost(shard.id);
    }
  }
}
