import { setTimeout as sleep } from 'node:timers/promises';
import type { BlockPool, BlockRef, KvShape, ShardAddress, ShardId } from '../../ports.ts';
import type { TlsOptions } from '../wire/index.ts';
import { messageOf } from '../../../core/message-of.ts';
import { Connections, type ControlBytes } from './connections.ts';
import { Dialer, isLasting } from './dialer.ts';
import type { LeaderLease } from './election.ts';
import type { Load } from './entries.ts';
import { fenceOf, type LeaseGate } from './fence.ts';
import type { HomeShard } from './home.ts';
import { Manager } from './manager.ts';
import type { ControlAddress, InstanceId, Role } from './messages.ts';
import type { MoveSteps } from './mover.ts';
import { sameAddress } from './peers.ts';
import type { PerformanceModel } from './performance-model.ts';
import type { Move } from './plan.ts';
import type { ManagerStatus } from './status.ts';
import { TIMING, type Timing } from './timing.ts';

/** The scheduler's side of moving blocks. */
export interface BlockMover {
  /** Up to `count` blocks in use that had better be elsewhere, of the longest requests first; only those in `shards`. */
  pick(count: number, shards: (shard: ShardId) => boolean): readonly BlockRef[];
  /**
   * Copies a block and puts `to` in the place of `from` in all block tables, between two steps.
   * @returns whether it is so now. Must be false when `from` was freed, or either shard was lost, meanwhile. The one of the
   * two that is then not in use is freed by the caller: the mover gives neither to the pool.
   */
  move(from: BlockRef, to: BlockRef): Promise<boolean>;
  /** Frees up to `count` blocks of those shards that no request uses. */
  evict(count: number, shards: (shard: ShardId) => boolean): void;
}

export interface StartManagerOptions {
  /** Never used before; its shards are called `instance/index`. */
  readonly instance: InstanceId;
  readonly role: Role;
  /** Port 0: any free one. */
  readonly listen: ControlAddress;
  /** The host that others reach this one at, when it listens on all addresses and they cannot see it. */
  readonly advertise?: string;
  /** Members of the cluster; they may come up later. */
  readonly join: readonly ControlAddress[];
  readonly secret: string | null;
  readonly tls: TlsOptions | null;
  readonly kv: KvShape;
  /** Fingerprint of the model; null: a lender that does not know. */
  readonly model: string | null;
  readonly shards: readonly HomeShard[];
  /** Keeps others from what they have not borrowed. */
  readonly gate: LeaseGate;
  /** Connects the runner to a shard. Blocks of it are handed out once this succeeded. */
  readonly attach: (address: ShardAddress) => Promise<void>;
  readonly detach: (shard: ShardId) => Promise<void>;
  readonly mover?: BlockMover | null;
  readonly load?: () => Load;
  readonly performance?: () => PerformanceModel;
  /** Free blocks that are never lent. */
  readonly reserve?: number;
  /** Where the gManager's place is kept; without it, or while it cannot be reached, the eldest instance is gManager. */
  readonly leaderLease?: LeaderLease | null;
  readonly timing?: Timing;
  readonly onProblem?: (problem: string) => void;
}

export interface RunningStatus extends ManagerStatus {
  readonly control: ControlBytes;
}

export interface RunningManager {
  readonly pool: BlockPool;
  readonly address: ControlAddress;
  status(): RunningStatus;
  /** A shard did not answer: what it held is given up, and its lender not used for a while. */
  reportLost(shard: ShardId): void;
  /** Called with each plan that this instance makes as gManager. */
  onPlan(listener: (moves: readonly Move[]) => void): void;
  /**
   * Lends no more, and waits until the others have moved or given up what they hold here, for `mostMs` at most.
   * @returns blocks that are still lent
   */
  drain(mostMs: number): Promise<number>;
  /** Gives back what is borrowed, tells the others, and ends. */
  close(): Promise<void>;
}

const TICKS_A_HEARTBEAT = 5;
const DRAIN_LOOK_MS = 20;

/**
 * Takes part in a cluster. Resolves once each address to join was tried.
 * @throws WireError when the port cannot be listened on, or a member refuses this one for good: another KV shape, model,
 * secret or version
 */
export async function startManager(options: StartManagerOptions): Promise<RunningManager> {
  const { instance, role, listen, advertise, model, leaderLease = null, timing = TIMING } = options;
  const { onProblem = () => {} } = options;
  const now = (): number => performance.now();
  const startedAtMs = performance.timeOrigin + performance.now();
  const planListeners: ((moves: readonly Move[]) => void)[] = [];
  const connections = new Connections({
    ...options,
    intro: () => manager.intro(),
    onConnected: (intro) => manager.connected(intro),
    onDisconnected: (other) => manager.disconnected(other),
    onMessage: (from, message) => {
      if (!closed) manager.receive(from, message);
    },
    onProblem,
  });
  let closed = false;
  const port = await connections.listen();
  const address = { host: advertise ?? listen.host, port };
  const manager = new Manager({
    self: { instance, role, address, startedAtMs, model },
    shards: options.shards,
    send: (to, message) => connections.send(to, message),
    fence: fenceOf(options.gate, options.shards, onProblem),
    attachments: attachmentsOf(options, onProblem),
    mover: options.mover ? stepsOf(options.mover) : null,
    now,
    timing,
    ...(options.load && { load: options.load }),
    ...(options.performance && { model: options.performance }),
    ...(options.reserve !== undefined && { reserve: options.reserve }),
    onPlan: (moves) => {
      for (const listener of planListeners) listener(moves);
    },
  });
  const dialer = new Dialer((to) => connections.dial(to), now, onProblem);

  const places = options.join.filter((to) => !sameAddress(to, address));
  const isJoined = (to: ControlAddress): boolean =>
    manager
      .status()
      .instances.some(({ alive, self, address: at }) => alive && !self && at === `${to.host}:${to.port}`);
  const joined = await Promise.allSettled(places.map((to) => dialer.attempt(to)));
  for (const it of joined)
    if (it.status === 'rejected' && isLasting(it.reason)) {
      await connections.close();
      await leaderLease?.close();
      throw it.reason;
    }

  const ticking = setInterval(() => {
    manager.tick();
    dialer.keep([...places.filter((to) => !isJoined(to)), ...manager.unconnected()]);
  }, timing.heartbeatMs / TICKS_A_HEARTBEAT);
  const stopHolding = leaderLease ? hold(leaderLease, instance, manager, timing.deadMs) : null;

  return {
    pool: manager.pool,
    address,
    status: () => ({ ...manager.status(), control: connections.bytes }),
    reportLost: (shard) => manager.reportLost(shard),
    onPlan: (listener) => planListeners.push(listener),
    async drain(mostMs) {
      const untilMs = now() + mostMs;
      manager.drain();
      while (manager.summary().lent > 0 && now() < untilMs) await sleep(DRAIN_LOOK_MS);
      return manager.summary().lent;
    },
    async close() {
      clearInterval(ticking);
      manager.close();
      closed = true;
      await stopHolding?.();
      await connections.close();
    },
  };
}

/** Contends for the place kept outside, as long as it is reached. */
function hold(lease: LeaderLease, id: InstanceId, manager: Manager, ttlMs: number): () => Promise<void> {
  const contend = (): void => {
    lease.tryHold(id, ttlMs).then(
      (holder) => manager.setPlace(holder, ttlMs),
      () => {
        // The place that was last seen is good for its time; then the eldest leads.
      },
    );
  };
  contend();
  const timer = setInterval(contend, ttlMs / 3);
  return async () => {
    clearInterval(timer);
    await lease.release(id).catch(() => {});
    await lease.close();
  };
}

function attachmentsOf(
  { attach, detach }: StartManagerOptions,
  onProblem: (problem: string) => void,
): {
  attach(address: ShardAddress, answer: (attached: boolean) => void): void;
  detach(shard: ShardId): void;
} {
  return {
    attach: (address, answer) => {
      attach(address).then(
        () => answer(true),
        (error: unknown) => {
          onProblem(`shard ${address.id} cannot be attached: ${messageOf(error)}`);
          answer(false);
        },
      );
    },
    detach: (shard) => {
      detach(shard).catch((error: unknown) => onProblem(`shard ${shard} is detached: ${messageOf(error)}`));
    },
  };
}

function stepsOf(mover: BlockMover): MoveSteps {
  return {
    pick: (count, shards) => mover.pick(count, shards),
    move: (from, to, answer) => {
      mover.move(from, to).then(answer, () => answer(false));
    },
    evict: (count, shards) => mover.evict(count, shards),
  };
}
