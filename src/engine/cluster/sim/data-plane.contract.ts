import type { ShardAddress, ShardId } from '../../ports.ts';
import type { Fence } from '../managers/lender.ts';
import type { Random } from './random.contract.ts';
import type { Timeline } from './timeline.contract.ts';

/** A borrower's connection to one shard, on which operations arrive in order. */
export interface DataConnection {
  readonly borrower: string;
  readonly shard: ShardId;
  open: boolean;
  arrivesMs: number;
}

/** What one instance's shards hold, and who may reach it. Content is a number that says who wrote it last. */
export class DataPlane {
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #content = new Map<string, number>();
  readonly #permits = new Map<string, Set<string>>();
  readonly #connections = new Set<DataConnection>();
  #fencedMs = 0;
  up = true;

  constructor(timeline: Timeline, random: Random) {
    this.#timeline = timeline;
    this.#random = random;
  }

  readonly fence: Fence = {
    permit: (shard, blocks, instance, done) =>
      this.#later(() => {
        for (const block of blocks) {
          const key = `${shard}/${block}`;
          const permitted = this.#permits.get(key) ?? new Set();
          this.#permits.set(key, permitted.add(instance));
          if (permitted.size > 1) throw new Error(`two are let in at ${key}`);
        }
        done();
      }),
    revoke: (shard, blocks, instance, done) =>
      this.#later(() => {
        for (const block of blocks) this.#permits.get(`${shard}/${block}`)?.delete(instance);
        done();
      }),
    expel: (instance, done) =>
      this.#later(() => {
        for (const permitted of this.#permits.values()) permitted.delete(instance);
        for (const connection of this.#connections)
          if (connection.borrower === instance) this.cut(connection);
        done();
      }),
  };

  connect(borrower: string, { id, remoteId }: ShardAddress): DataConnection {
    const connection = { borrower, shard: remoteId ?? id, open: true, arrivesMs: 0 };
    this.#connections.add(connection);
    return connection;
  }

  cut(connection: DataConnection): void {
    connection.open = false;
    this.#connections.delete(connection);
  }

  permits({ shard, borrower, open }: DataConnection, block: number): boolean {
    return this.up && open && (this.#permits.get(`${shard}/${block}`)?.has(borrower) ?? false);
  }

  read(shard: ShardId, block: number): number | undefined {
    return this.#content.get(`${shard}/${block}`);
  }

  write(shard: ShardId, block: number, value: number): void {
    this.#content.set(`${shard}/${block}`, value);
  }

  /** Whether an operation that arrives now is let in. One that is not ends the connection. */
  admits(connection: DataConnection, block: number): boolean {
    const isIn = this.permits(connection, block);
    if (!isIn) this.cut(connection);
    return isIn;
  }

  /** The owner's calls take effect later, in order. */
  #later(run: () => void): void {
    this.#fencedMs = Math.max(this.#fencedMs, this.#timeline.nowMs + this.#random.delayMs(2));
    this.#timeline.after(this.#fencedMs - this.#timeline.nowMs, () => {
      if (this.up) run();
    });
  }
}
