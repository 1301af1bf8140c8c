import type { Entry, InstanceId, Message, Summary } from './messages.ts';
import type { InstanceView } from './plan.ts';

/** What the scheduler tells of its work. */
export interface Load {
  /** Sequences in its steps. */
  readonly running: number;
  /** Requests that wait for memory. */
  readonly waiting: number;
  /** Blocks that one of those needs, on average. */
  readonly waitingBlocks: number;
  /** The longest running requests, at most 16 of them. */
  readonly requests: readonly LoadedRequest[];
}

export interface LoadedRequest {
  readonly id: string;
  readonly blocks: number;
  /** Those of them that are in shards of this process. */
  readonly localBlocks: number;
}

export const NO_LOAD: Load = { running: 0, waiting: 0, waitingBlocks: 0, requests: [] };
const MOST_REQUESTS = 16;

/** An instance's state as entries, of which a heartbeat carries the changed ones. */
export function entriesOf(
  { total, free, local, lent, borrowed, offered }: Summary,
  load: Load,
  lentTo: ReadonlyMap<InstanceId, number>,
): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  entries.set('blocks', [total, free, local, lent, borrowed, offered]);
  entries.set('load', [load.running, load.waiting, load.waitingBlocks]);
  for (const { id, blocks, localBlocks } of load.requests.slice(0, MOST_REQUESTS))
    entries.set(`request/${id}`, [blocks, localBlocks]);
  for (const [instance, blocks] of lentTo) entries.set(`lent/${instance}`, [blocks]);
  return entries;
}

export function viewOf(instance: InstanceId, entries: ReadonlyMap<string, Entry>): InstanceView {
  const [, free = 0, local = 0, lent = 0, borrowed = 0, offered = 0] = entries.get('blocks') ?? [];
  const [batch = 0, waiting = 0, waitingBlocks = 0] = entries.get('load') ?? [];
  let longest = 0;
  for (const [key, [blocks = 0]] of entries)
    if (key.startsWith('request/')) longest = Math.max(longest, blocks);
  return {
    instance,
    batch,
    blocks: local + lent,
    remote: borrowed,
    free,
    offered,
    waiting,
    waitingBlocks,
    longest,
  };
}

type State = Message & { readonly type: 'state' };

/** Says what changed since the last heartbeat to the gManager. */
export class Reporter {
  #sequence = 0;
  #said: Map<string, Entry> | null = null;

  /** The next heartbeat is a full one. */
  restart(): void {
    this.#said = null;
  }

  report(entries: Map<string, Entry>): State {
    const said = this.#said;
    const changes: [string, Entry | null][] = [];
    for (const [key, entry] of entries) if (!equal(said?.get(key), entry)) changes.push([key, entry]);
    for (const key of said?.keys() ?? []) if (!entries.has(key)) changes.push([key, null]);
    this.#said = entries;
    this.#sequence += 1;
    return { type: 'state', sequence: this.#sequence, full: said === null, changes };
  }
}

function equal(a: Entry | undefined, b: Entry): boolean {
  return a?.length === b.length && b.every((value, at) => a[at] === value);
}
