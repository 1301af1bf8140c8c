import type { InstanceId, Intro, Role, Summary } from './messages.ts';
import type { Peer } from './peers.ts';

/** One instance, as another sees it. */
export interface InstanceStatus {
  readonly instance: InstanceId;
  readonly role: Role;
  /** `host:port` of its control plane. */
  readonly address: string | null;
  readonly alive: boolean;
  readonly self: boolean;
  /** Null: not known. */
  readonly blocks: Summary | null;
}

export interface ManagerStatus {
  readonly instance: InstanceId;
  readonly instances: readonly InstanceStatus[];
  readonly gManager: InstanceId;
  readonly blocks: Summary;
  /** Blocks by the instance that has them. */
  readonly lentTo: Readonly<Record<InstanceId, number>>;
  readonly borrowedFrom: Readonly<Record<InstanceId, number>>;
  /** `refused` counts questions to lenders that were answered with fewer blocks than asked for. */
  readonly moves: { readonly done: number; readonly failed: number; readonly refused: number };
  /** Made by this instance as gManager. */
  readonly plans: number;
}

export function statusOf(parts: {
  readonly self: Omit<Intro, 'peers'>;
  readonly summary: Summary;
  readonly peers: readonly Peer[];
  readonly gManager: InstanceId;
  readonly lentTo: ReadonlyMap<InstanceId, number>;
  readonly borrowedFrom: ReadonlyMap<InstanceId, number>;
  readonly moves: ManagerStatus['moves'];
  readonly plans: number;
}): ManagerStatus {
  const { self, summary, peers, gManager, lentTo, borrowedFrom, moves, plans } = parts;
  const instances = [
    instanceStatus(self, true, true, summary),
    ...peers.map((peer) => instanceStatus(peer.intro, peer.alive, false, peer.summary)),
  ];
  return {
    instance: self.instance,
    instances,
    gManager,
    blocks: summary,
    lentTo: Object.fromEntries(lentTo),
    borrowedFrom: Object.fromEntries(borrowedFrom),
    moves,
    plans,
  };
}

function instanceStatus(
  { instance, role, address }: Omit<Intro, 'peers'>,
  alive: boolean,
  isSelf: boolean,
  blocks: Summary | null,
): InstanceStatus {
  const host = address?.host.includes(':') ? `[${address.host}]` : address?.host;
  return { instance, role, address: address ? `${host}:${address.port}` : null, alive, self: isSelf, blocks };
}
