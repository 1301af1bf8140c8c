/** One thing that a lever learnt, as it is kept for restarts and other processes. */
export interface LearnedEvent {
  /** A UUID: an event that is written twice counts once. */
  readonly id: string;
  readonly type: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** The answer it belongs to, a UUID; null for what belongs to none. */
  readonly entry: string | null;
  /** What is learnt together. */
  readonly scope: string;
  /** When it is to be deleted, epoch milliseconds; null while room for it is left. */
  readonly expiresAt: number | null;
  /** What it takes in memory, for what expires. */
  readonly bytes: number;
  readonly data: string;
}

/** Its place in the one order in which all processes see the events of a topic. */
export interface StoredEvent extends LearnedEvent {
  readonly seq: number;
}

export interface LearnedQuery {
  readonly types?: readonly string[];
  readonly entries?: readonly string[];
  readonly after?: number;
  readonly before?: number;
  /** Leaves out what has expired by then. */
  readonly liveAt?: number;
  readonly newestFirst?: boolean;
  readonly limit: number;
}

export interface LearnedRetention {
  readonly now: number;
  /** Of events that expire, the newest are kept. */
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** Of the others, the newest of each scope, and of all scopes together. */
  readonly maxOfScope: number;
  readonly maxOthers: number;
}

/** Deletes the entry's events that expire; it stays itself for a while, to tell other processes. */
export const DROPPED = 'dropped';
/** The same for all entries of the topic. */
export const CLEARED = 'cleared';

/** The log of what was learnt. Each of its methods @throws CallError `not_ready` while the store cannot be reached. */
export interface LearnedStore {
  /** All of them or none; those that are there already, or older than the last clearing, are left out. */
  append(topic: string, events: readonly LearnedEvent[]): Promise<void>;
  /** In the order of `seq`. Whoever read up to one has seen all before it. */
  read(topic: string, query: LearnedQuery): Promise<readonly StoredEvent[]>;
  /** The newest `seq`, 0 when there is none. */
  head(topic: string): Promise<number>;
  /** Deletes all events of entries, and with `everything` all others, too. Gives the number of entries. */
  clear(topic: string, event: LearnedEvent, everything: boolean): Promise<number>;
  /** Deletes what is too old or too much. */
  sweep(topic: string, retention: LearnedRetention): Promise<void>;
}
