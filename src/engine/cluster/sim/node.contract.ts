import type { BlockRef, ShardId } from '../../ports.ts';
import type { Attachments } from '../managers/borrower.ts';
import type { HomeShard } from '../managers/home.ts';
import { Manager } from '../managers/manager.ts';
import type { ControlAddress, Intro, Message, Role } from '../managers/messages.ts';
import type { MoveSteps } from '../managers/mover.ts';
import type { Move } from '../managers/plan.ts';
import type { Timing } from '../managers/timing.ts';
import { type DataConnection, DataPlane } from './data-plane.contract.ts';
import type { Network, Station } from './network.contract.ts';
import type { Random } from './random.contract.ts';
import { Requests, type UsedBlock } from './requests.contract.ts';
import type { Timeline } from './timeline.contract.ts';

export interface NodeWorld {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly network: Network;
  readonly timing: Timing;
  /** Whether a data plane may fail to connect. */
  readonly breaks: boolean;
  node(instance: string): SimNode | undefined;
  planned(by: SimNode, moves: readonly Move[]): void;
  fresh(): number;
}

/** One simulated process: managers, a data plane, and requests when it serves. */
export class SimNode implements Station {
  readonly instance: string;
  readonly role: Role;
  readonly address: ControlAddress;
  readonly manager: Manager;
  readonly data: DataPlane;
  readonly requests: Requests;
  readonly blocks: number;
  readonly #world: NodeWorld;
  #closed = false;
  readonly #connections = new Map<ShardId, DataConnection>();
  up = true;
  leaving = false;
  pausedUntilMs = 0;

  constructor(world: NodeWorld, instance: string, role: Role, blocks: number) {
    this.#world = world;
    this.instance = instance;
    this.role = role;
    this.blocks = blocks;
    this.address = { host: instance, port: 1 };
    this.data = new DataPlane(world.timeline, world.random);
    const { network, timeline, timing } = world;
    this.manager = new Manager({
      self: { instance, role, address: this.address, startedAtMs: timeline.nowMs, model: null },
      shards: shardsOf(instance, blocks),
      send: (to, message) => network.send(this, to, message),
      fence: this.data.fence,
      attachments: this.#attachments(),
      mover: this.#mover(),
      now: () => timeline.nowMs,
      timing,
      load: () => this.requests.load((shard) => shard.startsWith(`${instance}/`)),
      onPlan: (moves) => world.planned(this, moves),
    });
    this.requests = new Requests(this.manager.pool, world.random, (used) => this.write(used));
    this.#tick();
  }

  get attached(): Iterable<ShardId> {
    return this.#connections.keys();
  }

  intro(): Intro {
    return this.manager.intro();
  }

  connected(intro: Intro): void {
    this.manager.connected(intro);
  }

  disconnected(instance: string): void {
    this.manager.disconnected(instance);
  }

  receive(from: string, message: Message): void {
    if (!this.#closed) this.manager.receive(from, message);
  }

  /** As a process that is told to end: it drains, for a while, then says goodbye. */
  leave(mostMs: number): void {
    const { timeline } = this.#world;
    const untilMs = timeline.nowMs + mostMs;
    this.leaving = true;
    this.manager.drain();
    const look = (): void => {
      if (!this.up) return;
      if (
        timeline.nowMs < untilMs &&
        (this.pausedUntilMs > timeline.nowMs || this.manager.summary().lent > 0)
      ) {
        timeline.after(50, look);
        return;
      }
      this.requests.finishAll();
      this.manager.close();
      this.#closed = true;
      // Until its goodbye has arrived, or is lost, it does nothing more.
      this.pausedUntilMs = Number.POSITIVE_INFINITY;
      timeline.after(50, () => this.die());
    };
    timeline.after(50, look);
  }

  die(): void {
    if (!this.up) return;
    this.up = false;
    this.data.up = false;
    this.#world.network.cutAll(this.instance);
  }

  write(used: UsedBlock): void {
    const content = this.#world.fresh();
    used.content = content;
    this.#operate(used, (data, shard) => data.write(shard, used.ref.block, content));
  }

  /** @throws when the block holds something else than what was written to it */
  read(used: UsedBlock): void {
    const { content } = used;
    this.#operate(used, (data, shard) => {
      const found = data.read(shard, used.ref.block);
      if (found !== content)
        throw new Error(`${this.instance} reads ${found} from ${shard}/${used.ref.block}, not ${content}`);
    });
  }

  /** Where a block is that this node would be let in at; null when it would not. */
  reaches({ shard, block }: BlockRef): string | null {
    if (this.#isOwn(shard)) return `${shard}/${block}`;
    const connection = this.#connections.get(shard);
    const data = connection?.open ? this.#world.node(ownerOf(connection.shard))?.data : undefined;
    return connection && data?.permits(connection, block) ? `${connection.shard}/${block}` : null;
  }

  #operate(used: UsedBlock, run: (data: DataPlane, shard: ShardId) => void): void {
    const { ref } = used;
    if (this.#isOwn(ref.shard)) {
      run(this.data, ref.shard);
      return;
    }
    const connection = this.#connections.get(ref.shard);
    if (!connection) throw new Error(`${this.instance} uses ${ref.shard}, which is not attached`);
    this.#arrive(connection, (lender) => {
      // What its user no longer waits for may still arrive, and must do no harm; what it finds there concerns nobody.
      const wanted = this.up && this.requests.at(ref) === used;
      if (!lender?.data.admits(connection, ref.block)) {
        if (this.up && this.#connections.get(ref.shard) === connection) this.manager.reportLost(ref.shard);
      } else if (wanted) run(lender.data, connection.shard);
      else lender.data.write(connection.shard, ref.block, this.#world.fresh());
    });
  }

  #arrive(connection: DataConnection, run: (lender: SimNode | undefined) => void): void {
    const { timeline, random, network } = this.#world;
    connection.arrivesMs = Math.max(connection.arrivesMs, timeline.nowMs + random.delayMs(3));
    timeline.after(connection.arrivesMs - timeline.nowMs, () => {
      const lender = this.#world.node(ownerOf(connection.shard));
      run(lender && (network.reaches(this, lender) || !this.up) ? lender : undefined);
    });
  }

  #isOwn(shard: ShardId): boolean {
    return shard.startsWith(`${this.instance}/`);
  }

  #attachments(): Attachments {
    const { timeline, random, network } = this.#world;
    return {
      attach: (address, done) =>
        timeline.after(random.delayMs(10), () => {
          const lender = this.#world.node(ownerOf(address.id));
          const works =
            lender !== undefined &&
            network.reaches(this, lender) &&
            !(this.#world.breaks && random.chance(0.05));
          if (works) {
            if (this.#connections.has(address.id)) throw new Error(`${address.id} is attached twice`);
            this.#connections.set(address.id, lender.data.connect(this.instance, address));
          }
          if (this.up) done(works);
        }),
      detach: (shard) => {
        const connection = this.#connections.get(shard);
        if (!connection) throw new Error(`${shard} is detached, but was not attached`);
        this.#connections.delete(shard);
      },
    };
  }

  #mover(): MoveSteps {
    const { timeline, random } = this.#world;
    return {
      pick: (count, shards) =>
        [...this.requests.used()]
          .filter(({ ref }) => shards(ref.shard))
          .slice(0, count)
          .map(({ ref }) => ref),
      move: (from, to, done) => {
        const used = this.requests.at(from);
        timeline.after(random.delayMs(10), () => {
          if (!this.up) return;
          const moved = used !== undefined && this.requests.replace(used, from, to);
          if (moved) this.write(used);
          done(moved);
        });
      },
      // Nothing is kept for later here.
      evict: () => {},
    };
  }

  #tick(): void {
    if (!this.up) return;
    const { timeline } = this.#world;
    if (this.pausedUntilMs > timeline.nowMs) {
      timeline.after(this.pausedUntilMs - timeline.nowMs, () => this.#tick());
      return;
    }
    this.manager.tick();
    for (const address of this.manager.unconnected()) {
      const other = this.#world.node(address.host);
      if (other) this.#world.network.link(this, other);
    }
    this.#world.timeline.after(this.#world.timing.heartbeatMs / 2, () => this.#tick());
  }
}

function ownerOf(shard: ShardId): string {
  return shard.slice(0, shard.indexOf('/'));
}

/** The larger ones have two. */
function shardsOf(instance: string, blocks: number): HomeShard[] {
  const first = blocks > 4 ? Math.ceil(blocks / 2) : blocks;
  return [first, blocks - first].flatMap((count, index) =>
    count === 0
      ? []
      : [{ id: `${instance}/${index}`, blocks: count, address: { host: instance, port: 2 + index } }],
  );
}
