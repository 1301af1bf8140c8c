import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Log } from '../../core/ports.ts';
import { ModelFileError, type Model, modelFingerprint, openModel } from '../../engine/models/index.ts';
import { openContexts } from '../../engine/context/contexts.ts';
import { withContexts } from '../../engine/context/with-contexts.ts';
import { BLOCK_TOKENS, EngineError } from '../../engine/ports.ts';
import { kvLayout } from '../../engine/kv/layout.ts';
import { type RunnerThread, startRunner } from '../../engine/runner/start-runner.ts';
import { type LocalEngine, createEngine, createLocalPool } from '../../engine/scheduler/index.ts';
import { createEngineServer } from '../../engine/server/index.ts';
import { modelsDir } from '../../text/models/index.ts';
import type { EngineServeOptions } from '../commands/engine-serve.ts';
import { Failure } from '../failure.ts';
import type { Io } from '../io.ts';
import { createLog } from '../log.ts';
import { aborted, withCleanup } from '../serve/cleanup.ts';
import { listenOn } from '../serve/listen.ts';
import { listenBeside, placeOf } from './addresses.ts';
import { formatBytes, formatHostPort } from './arguments.ts';
import { instanceReports, lendersNow } from './cluster-report.ts';
import { clusterSecret, httpKey } from './exposure.ts';
import { joinCluster, LEAVE_MS, reportingLosses } from './join-cluster.ts';
import { openLeaderPlace } from './leader-place.ts';
import { findLocalModel } from './local-models.ts';
import { checkKvMemory } from './memory.ts';
import { openModelText } from './prompt-codec.ts';
import { connectToSupervisor, type Supervisor } from './supervised.ts';
import { tlsOptions } from './tls.ts';

const DRAIN_MS = 30_000;
const SHARD_TIMEOUT_MS = 10_000;
const MOST_BODY_BYTES = 64 * 1024 ** 2;

/** Serves one model until it is interrupted. @throws Failure */
export async function serveEngine(options: EngineServeOptions, io: Io): Promise<void> {
  const log = createLog({ write: io.err, format: io.interactive ? 'text' : 'json', now: io.now });
  const supervisor = connectToSupervisor(process);
  try {
    await run(options, io, log, supervisor);
  } catch (error) {
    // What its user must change does not get better by another start.
    if (error instanceof Failure) supervisor?.refused(error.message);
    throw error;
  } finally {
    supervisor?.close();
  }
}

async function run(
  options: EngineServeOptions,
  io: Io,
  log: Log,
  supervisor: Supervisor | null,
): Promise<void> {
  const { kvMemory, kvType, http, arithmetic } = options;
  const joins = options.join ?? [];
  const listen = options.listen ?? (joins.length > 0 ? listenBeside(joins) : null);
  const place = listen && placeOf(listen, options.advertise);
  const secret = clusterSecret(io.env, listen, joins)?.reveal() ?? null;
  const key = httpKey(io.env, http);
  const tls = tlsOptions(options);
  const found = await findLocalModel(options.model, modelsDir(io.env, options.data));
  checkKvMemory(kvMemory, found.bytes);
  const instance = newInstance();

  await withCleanup(async (later) => {
    const model = openedModel(found.path);
    later(() => model.close());
    const crash = new AbortController();
    const runner = await startedRunner(
      {
        modelPath: found.path,
        kvType,
        kvBytes: kvMemory,
        localShards: options.threads ?? 1,
        instance,
        // What lenders hold must come out the same wherever it is, and when it is computed again.
        arithmetic: arithmetic === 'auto' ? (place ? 'exact' : 'fast') : arithmetic,
        wire: {
          secret,
          tls,
          timeoutMs: SHARD_TIMEOUT_MS,
          listen: place && { host: place.listen.host, port: place.dataPort },
        },
      },
      (why) => crash.abort(why),
    );
    later(() => runner.close());
    const { tokenizer, codec, ...text } = openModelText(model.tokenizer, {
      modelPath: found.path,
      vocabSize: runner.vocabSize,
    });
    later(() => text.close());

    // The manager asks the engine what it is busy with, and the engine takes its blocks from the manager.
    let engine: LocalEngine | null = null;
    const theEngine = (): LocalEngine => {
      if (!engine) throw new Error('the engine is not made yet');
      return engine;
    };
    const fingerprint = modelFingerprint(model);
    const member =
      place &&
      (await joinCluster({
        instance,
        listen: place.listen,
        advertise: place.advertise,
        join: joins,
        secret,
        tls,
        model: fingerprint,
        leaderLease: await openLeaderPlace(io.env, fingerprint, log),
        runner,
        engine: () => engine,
        onProblem: (problem) => log.warn(problem),
      }));
    if (member) later(() => member.manager.close());
    engine = createEngine({
      runner: member ? reportingLosses(runner, (shard) => member.manager.reportLost(shard)) : runner,
      pool: member ? member.manager.pool : createLocalPool(runner.shards),
      tokenizer: { eosTokens: model.tokenizer.eosTokens, detokenizer: () => tokenizer.detokenizer() },
      modelName: options.name ?? found.name,
      contextLength: model.contextLength,
      options: {
        ...(options.maxSequences !== undefined && { maxSequences: options.maxSequences }),
        ...(options.maxStepTokens !== undefined && { maxTokensPerStep: options.maxStepTokens }),
        ...(member && { joinAddress: formatHostPort(member.manager.address) }),
      },
    });
    later(() => theEngine().close());

    const { blockBytes } = kvLayout(runner.kv);
    const contexts =
      options.contexts === undefined
        ? null
        : await openContexts({
            directory: options.contexts,
            model: fingerprint,
            kv: runner.kv,
            rope: model.rope,
            modelPath: found.path,
            blockBytes,
            engine,
            log,
          });
    if (contexts) later(() => contexts.close());
    const api = createEngineServer({
      engine: contexts ? withContexts(engine, contexts) : engine,
      contexts,
      codec,
      score: (tokens, signal) => theEngine().score(tokens, signal),
      cluster: () => ({
        kv: { type: kvType, blockTokens: BLOCK_TOKENS, blockBytes },
        instances: member
          ? instanceReports(member.manager.status())
          : [aloneReport(instance, runner, theEngine())],
        wire: member ? member.wire() : { sentBytes: 0, receivedBytes: 0 },
      }),
      lenders: () =>
        member
          ? lendersNow(member.manager.status().instances, blockBytes)
          : 'No lender can join: the engine was started without --listen.',
      key,
      host: http.host,
      mostBodyBytes: MOST_BODY_BYTES,
      now: io.now,
      log,
    });
    const url = await listenOn(api.server, http);
    later(async () => {
      await Promise.all([api.drain(DRAIN_MS), member?.manager.drain(LEAVE_MS)]);
    });
    if (supervisor) later(supervisor.report(() => api.report()));
    supervisor?.ready(url);
    const blocks = runner.shards.reduce((sum, shard) => sum + shard.blocks, 0);
    const joinable = member ? `; lenders join at ${formatHostPort(member.manager.address)}` : '';
    io.out(
      `Serving ${engine.modelName} at ${url}/v1, with ${formatBytes(blocks * blockBytes)} of KV (${kvType}, ${blocks * BLOCK_TOKENS} tokens)${joinable}\n`,
    );
    const ends = [io.signal, crash.signal, ...(supervisor ? [supervisor.signal] : [])];
    await aborted(AbortSignal.any(ends));
    if (crash.signal.aborted) throw crash.signal.reason;
    log.info('Shutting down; requests in flight may finish');
  });
}

/** Never used before, and told apart by people. */
export function newInstance(): string {
  return `${
    hostname()
      .replace(/[^\w-]/g, '')
      .slice(0, 20) || 'engine'
  }-${randomBytes(4).toString('hex')}`;
}

function openedModel(path: string): Model {
  try {
    return openModel(path);
  } catch (error) {
    if (error instanceof ModelFileError) throw new Failure(error.message, { cause: error });
    throw error;
  }
}

async function startedRunner(
  settings: Parameters<typeof startRunner>[0],
  onCrash: (why: EngineError) => void,
): Promise<RunnerThread> {
  try {
    return await startRunner(settings, { onCrash });
  } catch (error) {
    if (error instanceof EngineError) throw new Failure(error.message, { cause: error });
    throw error;
  }
}

function aloneReport(instance: string, runner: RunnerThread, engine: LocalEngine) {
  const total = runner.shards.reduce((sum, { blocks }) => sum + blocks, 0);
  const { free } = engine.status().blocks;
  const blocks = { total, free, used: total - free, lent: 0, borrowed: 0 };
  return {
    id: instance,
    role: 'engine',
    self: true,
    planner: true,
    address: null,
    alive: true,
    blocks,
  } as const;
}
