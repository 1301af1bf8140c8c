import { join, resolve } from 'node:path';
import type { Channel } from '../core/channel.ts';
import { messageOf } from '../core/message-of.ts';
import type { Bus, Clock, Log } from '../core/ports.ts';
import type { BatchReports } from '../core/batch-report.ts';
import type { BatchStore } from '../core/batch.ts';
import type { DocumentStore } from '../core/documents.ts';
import type { ExampleStore } from '../core/examples.ts';
import type { ExperimentStore } from '../core/experiment.ts';
import type { FeedbackStore } from '../core/feedback.ts';
import type { LearnedStore } from '../core/learned.ts';
import type { PrefixHistoryStore } from '../core/prefix-history.ts';
import { createBatches } from './batches/batches.ts';
import { createBatchReports } from './batches/reports.ts';
import { connect } from './connect.ts';
import { createDocuments } from './documents/documents.ts';
import { createExamples } from './examples/examples.ts';
import { startHousekeeping } from './housekeeping.ts';
import { openKeyRing, type StoreKeyRing } from './keys/key-ring.ts';
import { createKeys, type Keys } from './keys/keys.ts';
import { adoptLeftovers, newJournalDirectory } from './ledger/adoption.ts';
import { diskFiles } from './ledger/files.ts';
import { insertCalls } from './ledger/insert.ts';
import { type Ledger, openLedger } from './ledger/ledger.ts';
import { partitionsOf } from './ledger/partitions.ts';
import { createLearned } from './learned/learned.ts';
import { createPrefixHistory } from './learned/prefix-history.ts';
import { lockDirectory } from './lock.ts';
import { createMachineTime, type MachineTime } from './machine-time.ts';
import { createExperiments } from './routing/experiments.ts';
import { createFeedback } from './routing/feedback.ts';
import { createQueries, type Queries } from './queries/queries.ts';
import { channelSql, serveSql } from './sql/channel.ts';
import { openEmbedded } from './sql/embedded.ts';
import { gatedSql } from './sql/gated.ts';
import { openPostgres } from './sql/postgres.ts';
import type { Sql, StoreKind } from './sql/sql.ts';

/** Everything that is kept: the ledger of calls, the keys, the machines' time. */
export interface Store {
  readonly kind: StoreKind;
  /** False while the database cannot be reached or does not take calls. */
  readonly healthy: boolean;
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly keys: Keys;
  readonly keyRing: StoreKeyRing;
  readonly queries: Queries;
  readonly machineTime: MachineTime;
  readonly documents: DocumentStore;
  readonly batches: BatchStore;
  readonly batchReports: BatchReports;
  readonly feedback: FeedbackStore;
  readonly examples: ExampleStore;
  readonly experiments: ExperimentStore;
  readonly learned: LearnedStore;
  readonly prefixHistory: PrefixHistoryStore;
  /** Stores what waits, for a bounded time, and gives everything back. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /** A directory for the embedded store, or `postgres://…`. */
  readonly url: string;
  /** Directory of the journal. */
  readonly dataDir: string;
  readonly log: Log;
  readonly clock: Clock;
  /** Tells the other gateways of changed keys. */
  readonly bus: Bus;
  /** Days that call rows are kept; null for ever. */
  readonly retentionDays: number | null;
  /** In a worker: the line to the process that opened the store and called `serveStore`. */
  readonly owner?: Channel;
}

/** Steps to take at the end, the last one first. */
type Undo = (() => Promise<void> | void)[];

/** How long the start waits for a server before it goes on without. */
const START_MS = 2_000;

/**
 * Opens the store. An embedded one is ready on return. A PostgreSQL server that cannot be reached keeps nothing from
 * starting: calls wait in the journal, the keys are not ready, and the store connects when it can.
 * @throws LockedError when another process has the directory, SchemaError when the store is of a newer version
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const undo: Undo = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await open(options, undo, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(options: StoreOptions, undo: Undo, close: () => Promise<void>): Promise<Store> {
  const { url, dataDir, log, clock, bus, retentionDays, owner } = options;
  const isOwner = owner === undefined;
  if (isOwner) for (const directory of directoriesOf(url, dataDir)) undo.push(await lockDirectory(directory));

  const raw = await openSql(options);
  undo.push(() => raw.close());
  const sql = gatedSql(raw);
  const stopped = new AbortController();
  undo.push(() => stopped.abort());
  const connected = connect({ raw, gate: sql, clock, log, signal: stopped.signal });
  if (raw.kind === 'embedded') await connected;
  else await within(START_MS, connected, clock);

  const journalDir = join(dataDir, 'journal');
  const directory = newJournalDirectory(journalDir);
  if (!isOwner) {
    undo.push(() => diskFiles.removeDirectory(directory));
    undo.push(await lockDirectory(directory));
  }
  const partitions = partitionsOf(sql);
  const insert = (lines: readonly string[]): Promise<number> => insertCalls(sql, partitions, lines);
  const ledger = openLedger({ directory, insert, clock, log });
  undo.push(() => ledger.close());
  if (isOwner) undo.push(await adoptLeftovers(journalDir, directory, ledger, clock));

  const keyRing = openKeyRing({ sql, bus, clock, log });
  undo.push(() => keyRing.close());
  const housekeeping = startHousekeeping({ sql, partitions, clock, log, retentionDays });
  if (isOwner) undo.push(() => housekeeping.stop());
  else housekeeping.stop();
  const documents = createDocuments({ sql, clock, log, bus });
  undo.push(() => documents.close());

  const settled = connected
    .then(async () => {
      await keyRing.refresh();
      // Old days go only after the journal is stored: a call must not come again after its day was dropped.
      if (isOwner) documents.prepare().catch(report);
      if (isOwner)
        void ledger
          .flush()
          .then(() => housekeeping.daily())
          .catch(report);
    })
    .catch(report);
  if (sql.healthy) await settled;

  function report(error: unknown): void {
    log.error('The store cannot be used', { error: messageOf(error) });
  }

  return {
    kind: raw.kind,
    get healthy() {
      return sql.healthy && ledger.healthy;
    },
    sql,
    ledger,
    keys: createKeys(sql, clock, bus),
    documents,
    batches: createBatches(sql),
    batchReports: createBatchReports(sql, () => clock.now()),
    feedback: createFeedback(sql),
    examples: createExamples(sql),
    experiments: createExperiments(sql),
    learned: createLearned(sql),
    prefixHistory: createPrefixHistory(sql),
    keyRing,
    queries: createQueries(sql, clock),
    machineTime: createMachineTime(sql),
    close,
  };
}

/** Serves a worker that opened the store with this channel as its owner. Returns the way to stop. */
export function serveStore(store: Pick<Store, 'sql'>, channel: Channel): () => void {
  const stopServing = serveSql(store.sql, channel, () => Promise.resolve());
  const stopWatching = channel.onClose(stop);
  function stop(): void {
    stopServing();
    stopWatching();
  }
  return stop;
}

/** Waits for the work, but not longer. @throws what the work throws within that time */
async function within(ms: number, work: Promise<void>, clock: Clock): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, clock.sleep(ms, done.signal).catch(() => {})]).finally(() => done.abort());
}

function isPostgres(url: string): boolean {
  return /^postgres(ql)?:\/\//.test(url);
}

function directoriesOf(url: string, dataDir: string): Set<string> {
  return new Set([resolve(dataDir), ...(isPostgres(url) ? [] : [resolve(url)])]);
}

async function openSql({ url, log, clock, owner }: StoreOptions): Promise<Sql> {
  if (isPostgres(url)) return openPostgres(url, log);
  return owner ? channelSql(owner, 'embedded') : openEmbedded(join(url, 'postgres'), { log, clock });
}
