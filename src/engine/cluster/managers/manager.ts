import type { BlockPool, ShardId } from '../../ports.ts';
import { Advice, mostLikely } from './advice.ts';
import { type Attachments, Borrower } from './borrower.ts';
import { type Candidate, eldest } from './election.ts';
import { entriesOf, type Load, NO_LOAD, Reporter } from './entries.ts';
import { GManager } from './gmanager.ts';
import { HomeBlocks, type HomeShard } from './home.ts';
import { type Fence, Lender } from './lender.ts';
import type { ControlAddress, InstanceId, Intro, Message, Offer, Send, Summary } from './messages.ts';
import { Moves, type MoveSteps } from './mover.ts';
import { type Peer, Peers } from './peers.ts';
import { DEFAULT_MODEL, type PerformanceModel } from './performance-model.ts';
import type { Move } from './plan.ts';
import { ManagedPool } from './pool.ts';
import { type ManagerStatus, statusOf } from './status.ts';
import { TIMING, type Timing } from './timing.ts';

export interface ManagerOptions {
  readonly self: Omit<Intro, 'peers'>;
  readonly shards: readonly HomeShard[];
  readonly send: Send;
  readonly fence: Fence;
  readonly attachments: Attachments;
  readonly mover?: MoveSteps | null;
  /** Any clock that never goes back. */
  readonly now: () => number;
  readonly timing?: Timing;
  readonly model?: () => PerformanceModel;
  readonly load?: () => Load;
  /** Free blocks that are never lent. */
  readonly reserve?: number;
  /** Called with each plan that this instance makes as gManager. */
  readonly onPlan?: (moves: readonly Move[]) => void;
}

/**
 * The rManager of one instance, and its gManager while it is that. It neither waits nor listens: whoever holds it passes on
 * what arrives and calls `tick` several times a heartbeat, so that it runs over simulated time as over real time.
 */
export class Manager {
  readonly #options: ManagerOptions;
  readonly #timing: Timing;
  readonly #home: HomeBlocks;
  readonly #lender: Lender;
  readonly #borrower: Borrower;
  readonly #pool: ManagedPool;
  readonly #moves: Moves;
  readonly #peers: Peers;
  readonly #gManager = new GManager();
  readonly #reporter = new Reporter();
  readonly #advice: Advice;
  /** What each peer was last told of this instance. */
  readonly #told = new Map<InstanceId, { readonly text: string; readonly atMs: number }>();
  #leader: InstanceId;
  #place: { readonly holder: InstanceId; readonly untilMs: number } | null = null;
  #draining = false;
  #wantedMs = 0;
  #pulsedMs = Number.NEGATIVE_INFINITY;
  #recalledMs = Number.NEGATIVE_INFINITY;
  #plannedMs: number;
  #tickedMs: number;
  #plans = 0;

  constructor(options: ManagerOptions) {
    const { send, now, shards, fence, attachments, mover, timing = TIMING } = options;
    this.#options = options;
    this.#timing = timing;
    this.#plannedMs = now();
    this.#tickedMs = now();
    this.#home = new HomeBlocks(shards);
    const came = (): void => {
      this.#pool.came();
      this.#step();
    };
    const room = { free: () => this.#lendable(), make: (blocks: number) => this.#makeRoom(blocks) };
    this.#lender = new Lender(this.#home, fence, send, room, came);
    const lost = (shard: ShardId): void => this.#pool.lost(shard);
    this.#borrower = new Borrower(send, attachments, { came, lost }, now, timing);
    this.#pool = new ManagedPool(
      this.#home,
      this.#borrower,
      () => this.#offered(),
      () => this.#wish(),
    );
    this.#moves = new Moves(mover ?? null, this.#home, this.#borrower, came);
    const self = { ...options.self, peers: [] };
    this.#peers = new Peers(self, now, timing.deadMs, (instance) => this.#died(instance));
    this.#leader = self.instance;
    this.#advice = new Advice(now, timing);
  }

  get pool(): BlockPool {
    return this.#pool;
  }

  /** The gManager, as far as this instance knows. */
  get leader(): InstanceId {
    return this.#leader;
  }

  intro(): Intro {
    return { ...this.#options.self, peers: this.#peers.addresses() };
  }

  /** Known instances to which no connection is open. */
  unconnected(): readonly ControlAddress[] {
    return this.#peers.unconnected();
  }

  /** A connection to that instance is open; there may be several. */
  connected(intro: Intro): void {
    const isNews = this.#peers.connected(intro);
    if (isNews) this.#announce(intro);
    this.#told.delete(intro.instance);
    this.#borrower.connected(intro.instance);
    this.#elect();
    this.#pulse(intro.instance);
    this.#step();
  }

  disconnected(instance: InstanceId): void {
    this.#peers.disconnected(instance);
    if (this.#isReached(instance)) return;
    this.#borrower.disconnected(instance);
    this.#step();
  }

  receive(from: InstanceId, message: Message): void {
    const peer = this.#peers.get(from);
    if (!peer) return;
    if (this.#peers.heard(from)) this.#announce(peer.intro);
    switch (message.type) {
      case 'peers':
        this.#peers.rumour(message.addresses);
        break;
      case 'pulse':
        if (message.summary) peer.summary = message.summary;
        break;
      case 'state':
        if (this.#leads() && this.#gManager.heartbeat(from, message))
          this.#options.send(from, { type: 'resend' });
        break;
      case 'resend':
        this.#reporter.restart();
        break;
      case 'seek':
        if (this.#leads())
          this.#options.send(from, {
            type: 'creditors',
            offers: this.#gManager.creditors(from, message.blocks),
          });
        break;
      case 'creditors':
        this.#advice.came(message.offers);
        break;
      case 'plan':
        if (from === this.#leader) this.#follow(message.moves);
        break;
      case 'lease':
        this.#lender.lease(from, message);
        break;
      case 'grant': {
        const blocks = this.#borrower.granted(from, message);
        if (blocks > 0) this.#moves.outward(from, blocks);
        break;
      }
      case 'release':
        this.#lender.release(from, message.leases);
        break;
      case 'renew':
        this.#lender.renew(from, message);
        break;
      case 'gone':
        this.#borrower.gone(from, message.session);
        break;
      case 'recall':
        this.#borrower.recalled(from, message);
        this.#moves.giveWay();
        break;
      case 'bye':
        this.#peers.bury(from);
        break;
    }
    this.#step();
  }

  /** To be called several times a heartbeat. */
  tick(): void {
    const now = this.#options.now();
    if (now - this.#tickedMs > this.#timing.heartbeatMs) this.#peers.forgive(now - this.#tickedMs);
    this.#tickedMs = now;
    this.#peers.tick();
    this.#elect();
    this.#borrower.tick();
    if (this.#pool.wanted > 0 && now - this.#wantedMs >= this.#timing.wantMs) this.#pool.forget();
    if (now - this.#pulsedMs >= this.#timing.heartbeatMs) {
      this.#pulsedMs = now;
      for (const { intro } of this.#peers.all()) this.#pulse(intro.instance);
      this.#heartbeat();
    }
    if (this.#draining && now - this.#recalledMs >= this.#timing.retryMs) {
      this.#recalledMs = now;
      this.#lender.recallAll();
    }
    if (now - this.#plannedMs >= this.#timing.planMs) {
      this.#plannedMs = now;
      if (this.#leads()) this.#plan();
    }
    this.#step();
  }

  /** Who has the gManager's place, where that is kept outside; null when that cannot be said. Good for `ttlMs`. */
  setPlace(holder: InstanceId | null, ttlMs: number): void {
    this.#place = holder === null ? null : { holder, untilMs: this.#options.now() + ttlMs };
    this.#elect();
  }

  /** A shard did not answer, here or elsewhere. */
  reportLost(shard: ShardId): void {
    if (this.#home.lose(shard)) {
      this.#lender.lose(shard);
      this.#pool.lost(shard);
    } else this.#borrower.shardFailed(shard);
  }

  /** How this instance's blocks are used. */
  summary(): Summary {
    const home = this.#home.counts();
    return {
      total: home.total,
      free: this.#pool.size().free,
      local: home.total - home.free - home.lent,
      lent: home.lent,
      borrowed: this.#borrower.counts().all,
      offered: this.#lendable(),
      lendable: this.#draining ? 0 : Math.max(0, home.lendable - (this.#options.reserve ?? 0)),
    };
  }

  status(): ManagerStatus {
    return statusOf({
      self: this.#options.self,
      summary: this.summary(),
      peers: this.#peers.all(),
      gManager: this.#leader,
      lentTo: this.#lender.lent(),
      borrowedFrom: this.#borrower.borrowed(),
      moves: { done: this.#moves.done, failed: this.#moves.failed, refused: this.#borrower.refused },
      plans: this.#plans,
    });
  }

  /** It is about to end: lends no more, and asks for all that it has lent. `summary().lent` says what is left. */
  drain(): void {
    this.#draining = true;
    this.tick();
  }

  close(): void {
    this.#borrower.close();
    for (const { intro } of this.#peers.alive()) this.#options.send(intro.instance, { type: 'bye' });
  }

  #isReached(instance: InstanceId): boolean {
    const peer = this.#peers.get(instance);
    return peer !== undefined && peer.alive && peer.connections > 0;
  }

  #leads(): boolean {
    return this.#leader === this.#options.self.instance;
  }

  /** The kept place counts while its holder is alive as seen from here; without it the eldest leads. */
  #elect(): void {
    const { self, now } = this.#options;
    const alive: Candidate[] = [self, ...this.#peers.alive().map(({ intro }) => intro)];
    const place = this.#place && this.#place.untilMs > now() ? this.#place.holder : null;
    const leader = alive.find(({ instance }) => instance === place)?.instance ?? eldest(alive, self);
    if (leader === this.#leader) return;
    this.#leader = leader;
    this.#gManager.clear();
    this.#reporter.restart();
    this.#heartbeat();
  }

  /** Those who came while it was away, or before it, may not know of it, nor it of them. */
  #announce({ instance, address }: Intro): void {
    const { send } = this.#options;
    send(instance, { type: 'peers', addresses: this.#peers.addresses() });
    for (const { intro } of address ? this.#peers.alive() : [])
      if (intro.instance !== instance)
        send(intro.instance, { type: 'peers', addresses: address ? [address] : [] });
  }

  #died(instance: InstanceId): void {
    this.#gManager.forget(instance);
    this.#told.delete(instance);
    this.#lender.drop(instance);
    this.#borrower.lenderDied(instance);
    this.#elect();
  }

  #lendable(): number {
    if (this.#draining || this.#pool.wanted > 0) return 0;
    return Math.max(0, this.#home.counts().lendableFree - (this.#options.reserve ?? 0));
  }

  /** Before anybody is refused, what is kept only for prompts to come is lent. */
  #makeRoom(blocks: number): void {
    const missing = blocks - this.#lendable();
    if (missing > 0 && this.#pool.wanted === 0 && !this.#draining)
      this.#moves.evict(missing, (shard) => this.#home.address(shard) !== null);
  }

  /** What could come from others at most, once nobody else uses it. */
  #offered(): number {
    return this.#peers.reached().reduce((sum, peer) => sum + this.#lendableTo(peer), 0);
  }

  #lendableTo({ intro, summary }: Peer): number {
    return Math.max(0, (summary?.lendable ?? 0) - (this.#borrower.borrowed().get(intro.instance) ?? 0));
  }

  #pulse(to: InstanceId): void {
    const summary = this.summary();
    const text = Object.values(summary).join(' ');
    const now = this.#options.now();
    const told = this.#told.get(to);
    // Now and then all the same: what was told may not have arrived, or been forgotten.
    const isNews = told?.text !== text || now - told.atMs >= this.#timing.renewMs;
    if (isNews) this.#told.set(to, { text, atMs: now });
    this.#options.send(to, { type: 'pulse', summary: isNews ? summary : null });
  }

  #heartbeat(): void {
    const { load, send, self } = this.#options;
    const state = this.#reporter.report(entriesOf(this.summary(), load?.() ?? NO_LOAD, this.#lender.lent()));
    if (this.#leads()) {
      if (this.#gManager.heartbeat(self.instance, state)) this.#reporter.restart();
    } else send(this.#leader, state);
  }

  #plan(): void {
    const { model, send, self, onPlan } = this.#options;
    const moves = this.#gManager.plan(model?.() ?? DEFAULT_MODEL);
    this.#plans += 1;
    onPlan?.(moves);
    for (const debtor of new Set(moves.map((move) => move.debtor))) {
      const own = moves.filter((move) => move.debtor === debtor);
      const offers = own.map(({ creditor, blocks }) => ({ instance: creditor, blocks }));
      if (debtor === self.instance) this.#follow(offers);
      else send(debtor, { type: 'plan', moves: offers });
    }
  }

  /** What a creditor refuses waits for the next plan. */
  #follow(moves: readonly Offer[]): void {
    for (const { instance, blocks } of moves)
      if (this.#isReached(instance) && this.#borrower.mayAsk(instance))
        this.#borrower.ask(instance, blocks, 'move');
  }

  #wish(): void {
    this.#wantedMs = this.#options.now();
    this.#step();
  }

  #step(): void {
    this.#moves.step();
    const { wanted } = this.#pool;
    if (wanted === 0 && this.#moves.lacking === 0) return;
    const now = this.#options.now();
    const [{ free }, { lent }] = [this.#pool.size(), this.#home.counts()];
    let missing = Math.max(wanted - free, this.#moves.lacking) - this.#borrower.counts().coming;
    if (wanted > free && lent > 0 && now - this.#recalledMs >= this.#timing.retryMs && !this.#draining) {
      this.#recalledMs = now;
      this.#lender.recall(Math.min(lent, wanted - free));
    }
    for (const { instance, blocks } of missing > 0 ? this.#lenders(missing) : []) {
      if (missing <= 0) return;
      if (!this.#isReached(instance) || !this.#borrower.mayAsk(instance)) continue;
      this.#borrower.ask(instance, Math.min(blocks, missing), 'grow');
      missing -= blocks;
    }
  }

  /** Whom to ask: as the gManager says, or, when it names nobody in time, those who may have something. */
  #lenders(missing: number): readonly Offer[] {
    const { self, send } = this.#options;
    const advice = this.#leads()
      ? this.#gManager.creditors(self.instance, missing)
      : this.#advice.offers(this.#isReached(this.#leader), () =>
          send(this.#leader, { type: 'seek', blocks: missing }),
        );
    if (advice === null || advice.length > 0) return advice ?? [];
    return mostLikely(this.#peers.reached(), (peer) => this.#lendableTo(peer));
  }
}
