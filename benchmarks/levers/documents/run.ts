import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../../src/core/clock.ts';
import { localBus } from '../../../src/shared/index.ts';
import { createDocuments, type OpenDocuments } from '../../../src/store/documents/documents.ts';
import { nearestOf } from '../../../src/store/documents/rank.ts';
import { migrate, readMigrations } from '../../../src/store/migrate.ts';
import { openPglite } from '../../../src/store/sql/pglite.ts';
import { openPostgres } from '../../../src/store/sql/postgres.ts';
import { topical } from './vectors.ts';

/**
 * Search of documents by pgvector, against all passages compared: recall, latency, what adding costs. Synthetic vectors
 * of 384 dimensions: `node run.js [--url postgres://…] [--passages 200000] [--beside 20000] [--questions 200] [--added]` (the last: they are in the database already). Without a URL,
 * the embedded store. The database is to be empty and is left as it is then.
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    passages: { type: 'string', default: '200000' },
    beside: { type: 'string', default: '20000' },
    questions: { type: 'string', default: '200' },
    added: { type: 'boolean', default: false },
  },
});
const COUNT = Number(values.passages);
const BESIDE = Number(values.beside);
const QUESTIONS = Number(values.questions);
const A_DOCUMENT = 100;
const FOUND = 4;
/** What the ground lever asks for to put four in a prompt. */
const ASKED = 16;

const log = {
  info: () => undefined,
  warn: (message: string, details?: unknown) => console.error(message, details),
  error: (message: string, details?: unknown) => console.error(message, details),
};
const say = (what: string, value: string): void => console.log(`${what.padEnd(44)} ${value}`);

const directory = values.url === undefined ? mkdtempSync(join(tmpdir(), 'illm-documents-')) : null;
const sql = directory === null ? openPostgres(values.url ?? '', log) : await openPglite(directory);
await migrate(sql, readMigrations(new URL('../../../../../src/store/migrations/', import.meta.url)));
const documents = createDocuments({ sql, clock: systemClock, log, bus: localBus() });
const draw = topical(1, Math.ceil(COUNT / 100));

try {
  const main = await add(documents, 'main', COUNT);
  const beside = BESIDE > 0 ? await add(documents, 'beside', BESIDE) : [];
  const large = await settled('main');
  say('searched', `${large.how}: ${large.why}`);
  await measure('main', main);
  if (BESIDE > 0) {
    const small = await settled('beside');
    say('searched', `${small.how}: ${small.why}`);
    await measure('beside', beside);
  }
} finally {
  await documents.close();
  await sql.close();
  if (directory !== null) rmSync(directory, { recursive: true, force: true });
}

async function add(store: OpenDocuments, collection: string, count: number): Promise<Float32Array[]> {
  const vectors = Array.from({ length: count }, draw);
  if (values.added) return vectors;
  const times: number[] = [];
  const startedAt = performance.now();
  for (let from = 0; from < count; from += A_DOCUMENT) {
    const passages = vectors
      .slice(from, from + A_DOCUMENT)
      .map((vector, order) => ({ order, text: `passage ${from + order} `.repeat(40), vector }));
    const began = performance.now();
    await store.put({ collection, name: `${from}.md`, characters: 1, passages });
    times.push((performance.now() - began) / passages.length);
    if (from % 20_000 === 0)
      console.error(`${collection}: ${from} after ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  }
  const last = times.slice(-Math.ceil(times.length / 10));
  say(`${collection}: passages added`, `${count}`);
  say('  ms a passage, all / the last tenth', `${mean(times).toFixed(2)} / ${mean(last).toFixed(2)}`);
  return vectors;
}

async function settled(collection: string) {
  for (;;) {
    const searching = await documents.searching(collection);
    if (searching.how === 'index' || searching.passages <= 5_000) return searching;
    await systemClock.sleep(500);
  }
}

async function measure(collection: string, vectors: readonly Float32Array[]): Promise<void> {
  const questions = Array.from({ length: QUESTIONS }, draw);
  const passages = vectors.map((vector, at) => ({ document: '', order: at, text: '', vector }));
  await documents.nearest(collection, questions[0]!, ASKED);
  const times: number[] = [];
  const compared: number[] = [];
  let right = 0;
  for (const question of questions) {
    const before = performance.now();
    const best = new Set(nearestOf(passages, question, FOUND).map(({ order }) => order));
    const began = performance.now();
    const found = await documents.nearest(collection, question, ASKED);
    times.push(performance.now() - began);
    compared.push(began - before);
    right += found
      .slice(0, FOUND)
      .filter(({ document, order }) => best.has(Number.parseInt(document) + order)).length;
  }
  say(`${collection}: recall@${FOUND} of ${QUESTIONS} questions`, (right / (FOUND * QUESTIONS)).toFixed(4));
  say('  ms a search, p50 / p99', percentiles(times));
  say('  ms to compare all in this process, p50 / p99', percentiles(compared));
}

function percentiles(times: number[]): string {
  times.sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(1);
  return `${at(0.5)} / ${at(0.99)}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
