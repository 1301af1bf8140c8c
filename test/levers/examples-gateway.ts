import { rmSync } from 'node:fs';
import { createApi } from '../../src/api/index.ts';
import { fakeDeps } from '../../src/api/testing/fake-deps.contract.ts';
import { type OpenExamples, openExamples } from '../../src/cli/serve/examples.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { VirtualKey } from '../../src/core/key.ts';
import { NO_LEVERS } from '../../src/core/plan.ts';
import { NO_GROUND, USUAL_EXAMPLES } from '../../src/core/plan/ground.ts';
import type { CallRecord } from '../../src/core/record.ts';
import { createLibrary, type Library } from '../../src/policy/ground/index.ts';
import { memoryDocuments } from '../../src/policy/ground/memory-documents.contract.ts';
import { wordEmbedder } from '../../src/policy/ground/word-embedder.contract.ts';
import { localBus } from '../../src/shared/index.ts';
import { createExamples } from '../../src/store/examples/examples.ts';
import { insertCalls } from '../../src/store/ledger/insert.ts';
import { partitionsOf } from '../../src/store/ledger/partitions.ts';
import { rowText } from '../../src/store/ledger/row.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createQueries } from '../../src/store/queries/queries.ts';
import { createFeedback } from '../../src/store/routing/feedback.ts';
import { openPglite } from '../../src/store/sql/pglite.ts';
import type { Sql } from '../../src/store/sql/sql.ts';
import type { FakeProvider } from '../fakes/index.ts';
import { type Harness, startHarness } from '../harness.ts';
import { freshPgliteDirectory } from '../services/pglite.ts';
import { silentLog } from '../services/silent-log.ts';

/** A gateway with examples and a store, and the API that rates calls. */
export interface ExamplesGateway {
  readonly harness: Harness;
  readonly examples: OpenExamples;
  readonly library: Library;
  readonly sql: Sql;
  /** A new key for calls, of that team. Gives its secret. */
  key(team: string): string;
  /** The n-th call, once it is in the store as the ledger writes it. */
  stored(count: number): Promise<CallRecord>;
  /** Rates a call; says what became of it. */
  rate(callId: string, score: number, key: string): Promise<unknown>;
  close(): Promise<void>;
}

/** The alias `helper` has examples, as every other name; `collection` grounds all of them on documents besides. */
export async function startExamplesGateway(
  providers: Readonly<Record<string, FakeProvider>>,
  collection: string | null = null,
): Promise<ExamplesGateway> {
  const directory = await freshPgliteDirectory();
  const sql = await openPglite(directory);
  await migrate(sql);
  const keys: Record<string, VirtualKey> = {};
  // However busy the machine is, a call waits for its examples.
  const patient = { ...USUAL_EXAMPLES, maxMs: 60_000 };
  const plan = { ...NO_LEVERS, ground: { ...NO_GROUND, collection, examples: patient } };
  const bus = localBus();
  const examples = openExamples({
    settings: () => ({ models: {}, plan }),
    store: { examples: createExamples(sql) },
    embedder: wordEmbedder,
    bus,
    clock: systemClock,
    log: silentLog,
  });
  const documents = { store: memoryDocuments(), embedder: wordEmbedder, bus };
  const library = createLibrary(documents);
  const harness = await startHarness({
    providers,
    models: { helper: ['openai/gpt-4o'], other: ['openai/gpt-4o'] },
    prices: { rules: [{ match: '*', rates: { input: '2.5', output: '10' }, discount: null }] },
    keys,
    bodies: true,
    levers: plan,
    services: { examples, embedder: wordEmbedder, library },
  });
  const feedback = createFeedback(sql);
  const base = fakeDeps();
  const api = await createApi({
    ...base,
    ledger: createQueries(sql, systemClock),
    keys: { ...base.keys, find: (secret) => keys[secret] ?? null },
    routing: { ...base.routing, give: async (given) => void (await feedback.put(given)) },
    examples,
    now: () => Date.now(),
  });
  return {
    harness,
    examples,
    library,
    sql,
    key: (team) => {
      const secret = `sk-illm-${Object.keys(keys).length + 1}`;
      keys[secret] = keyOf(secret, team);
      return secret;
    },
    stored: async (count) => {
      const record = await harness.row(count);
      await insertCalls(sql, partitionsOf(sql), [rowText(record)]);
      return record;
    },
    rate: async (callId, score, key) => {
      const answer = await api.inject({
        method: 'POST',
        url: '/api/v1/feedback',
        headers: {
          host: '127.0.0.1:8787',
          'content-type': 'application/json',
          authorization: `Bearer ${key}`,
        },
        payload: JSON.stringify({ callId, score }),
      });
      const body = answer.json<{ example?: unknown }>();
      if (answer.statusCode !== 201) throw new Error(JSON.stringify(body));
      return body.example;
    },
    close: async () => {
      await api.close();
      await harness.close();
      examples.close();
      await sql.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function keyOf(secret: string, team: string): VirtualKey {
  return {
    id: `id of ${secret}`,
    name: secret,
    prefix: secret,
    scope: 'call',
    team,
    user: null,
    tags: {},
    createdAt: '2026-11-24T10:00:00.000Z',
    revokedAt: null,
    expiresAt: null,
  };
}
