import type { Move } from '../managers/plan.ts';
import { TIMING, type Timing } from '../managers/timing.ts';
import { Network } from './network.contract.ts';
import { type NodeWorld, SimNode } from './node.contract.ts';
import { Random } from './random.contract.ts';
import { Timeline } from './timeline.contract.ts';

export const SIM_TIMING: Timing = {
  ...TIMING,
  heartbeatMs: 400,
  deadMs: 1_400,
  requestMs: 600,
  idleMs: 1_000,
  renewMs: 1_500,
  lossMs: 500,
  wantMs: 3_000,
  planMs: 900,
};

export interface Trouble {
  /** Share of messages that arrive twice. */
  readonly repeated: number;
  /** Share of delays that are much longer than usual. */
  readonly slow: number;
  /** Whether links break, networks split, and processes die. */
  readonly breaks: boolean;
}

/** A cluster over simulated time, and what must hold after every event in it. */
export class World implements NodeWorld {
  readonly timeline = new Timeline();
  readonly random: Random;
  readonly network: Network;
  readonly timing = SIM_TIMING;
  breaks: boolean;
  readonly #nodes = new Map<string, SimNode>();
  #started = 0;
  #content = 0;
  plans = 0;

  constructor(seed: number, trouble: Trouble) {
    this.random = new Random(seed, trouble.slow);
    this.breaks = trouble.breaks;
    this.network = new Network(this.timeline, this.random, trouble.repeated);
  }

  get alive(): readonly SimNode[] {
    return [...this.#nodes.values()].filter(({ up }) => up);
  }

  node(instance: string): SimNode | undefined {
    return this.#nodes.get(instance);
  }

  fresh(): number {
    this.#content += 1;
    return this.#content;
  }

  /** It knows one other, as `--join` tells it. */
  start(role: 'serve' | 'lend', blocks: number): SimNode {
    this.#started += 1;
    const node = new SimNode(this, `${role}${this.#started}`, role, blocks);
    const seed = this.random.pick(this.alive);
    this.#nodes.set(node.instance, node);
    if (seed) this.#join(node, seed);
    return node;
  }

  /** All know one address that is there again, as those have who were told `--join`. */
  rejoin(): void {
    const seed = this.alive.find(({ leaving }) => !leaving);
    for (const node of this.alive) if (seed && node !== seed) this.network.link(node, seed);
  }

  kill(node: SimNode): void {
    node.die();
  }

  run(forMs: number): void {
    this.timeline.runUntil(this.timeline.nowMs + forMs, () => this.check());
  }

  planned(by: SimNode, moves: readonly Move[]): void {
    this.plans += 1;
    const given = new Map<string, number>();
    for (const { debtor, creditor, blocks } of moves) {
      if (debtor === creditor || blocks <= 0) throw new Error(`${by.instance} plans a move that is none`);
      given.set(creditor, (given.get(creditor) ?? 0) + blocks);
    }
    for (const [creditor, blocks] of given)
      if (blocks > (this.node(creditor)?.blocks ?? 0))
        throw new Error(`${by.instance} plans ${blocks} blocks of ${creditor}, which has fewer`);
  }

  /** @throws when an invariant does not hold */
  check(): void {
    const users = new Map<string, SimNode>();
    for (const node of this.#nodes.values()) {
      if (!node.up) continue;
      const own = `${node.instance}/`;
      let local = 0;
      for (const { ref } of node.requests.used()) {
        if (ref.shard.startsWith(own)) local += 1;
        const place = node.reaches(ref);
        if (!place) continue;
        const other = users.get(place);
        if (other) throw new Error(`${place} is used by ${other.instance} and ${node.instance}`);
        users.set(place, node);
      }
      // One that is being moved out is in no request any more, or not yet.
      const used = node.manager.summary().local;
      if (used < local || used > local + 1)
        throw new Error(`${node.instance} uses ${local} of its blocks, not ${used}`);
    }
  }

  /** @throws when someone still believes in blocks of the dead, or keeps a lost shard attached */
  checkLost(): void {
    for (const node of this.alive) {
      for (const { ref } of node.requests.used())
        if (!this.node(ref.shard.slice(0, ref.shard.indexOf('/')))?.up)
          throw new Error(`${node.instance} does not know that ${ref.shard} is gone`);
      for (const shard of node.attached)
        if (node.requests.lost.has(shard)) throw new Error(`${node.instance} is still attached to ${shard}`);
    }
  }

  /** @throws when blocks leaked, or there is not exactly one gManager */
  checkQuiet(): void {
    const leaders = new Set(this.alive.map(({ manager }) => manager.leader));
    const [leader] = leaders;
    if (leaders.size !== 1 || !this.node(leader ?? '')?.up)
      throw new Error(`gManagers at the end: ${[...leaders].join(', ')}`);
    for (const { instance, manager, blocks: total } of this.alive) {
      const { blocks, lentTo, borrowedFrom } = manager.status();
      if (blocks.free !== total || blocks.lent !== 0 || blocks.borrowed !== 0)
        throw new Error(
          `${instance} ends with ${JSON.stringify({ ...blocks, lentTo, borrowedFrom })} of ${total} blocks`,
        );
      const known = manager.status().instances.filter(({ alive }) => alive).length;
      if (known !== this.alive.length) throw new Error(`${instance} knows ${known} of ${this.alive.length}`);
    }
  }

  #join(node: SimNode, seed: SimNode): void {
    if (!node.up || node.manager.status().instances.length > 1) return;
    const target = seed.up ? seed : this.alive.find((other) => other !== node);
    if (target) this.network.link(node, target);
    this.timeline.after(500, () => this.#join(node, target ?? seed));
  }
}
