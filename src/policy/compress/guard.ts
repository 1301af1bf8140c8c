import { uuidv7 } from '../../core/ids.ts';
import { isObject } from '../../core/json.ts';
import type { LearnedEvent } from '../../core/learned.ts';
import type { CompressGuard, TaskClass } from '../../core/plan/compress.ts';
import type { Bus, Log } from '../../core/ports.ts';

/** How the answers of one class of tasks compared so far. */
export interface GuardState {
  /** The model that clients ask for. */
  readonly model: string;
  readonly task: TaskClass;
  readonly compared: number;
  readonly differing: number;
  /** The evidence that more answers differ than is accepted; at `limit` compressing stops. */
  readonly evidence: number;
  readonly limit: number;
  /** Epoch milliseconds; null while it is compressed. */
  readonly stoppedAt: number | null;
}

export interface Guards {
  /** Why this class is not compressed any more; null when it is. */
  stopped(model: string, task: TaskClass): string | null;
  /** Notes one comparison, here and in all other processes. */
  note(model: string, task: TaskClass, differs: boolean, settings: CompressGuard): void;
  /** Begins anew with a class, or with all of them. Gives how many were stopped. */
  resume(model?: string, task?: TaskClass): number;
  report(): readonly GuardState[];
  /** Takes what was kept, or what others found out; what is known already counts no second time. */
  take(event: LearnedEvent): void;
  close(): void;
}

/** For a gateway that keeps nothing between calls: nothing is ever stopped. */
export const NO_GUARDS: Guards = {
  stopped: () => null,
  note: () => undefined,
  resume: () => 0,
  report: () => [],
  take: () => undefined,
  close: () => undefined,
};

const TOPIC = 'compress-guard';
/** Notes that come by the bus come from the store as well: so many are remembered. */
const MOST_IDS = 20_000;
/** Names come from clients; more of them share one state. */
const MOST_STATES = 1_000;
const OTHERS = '(other models)';

interface Noted {
  readonly id: string;
  readonly at: number;
}

type Note =
  | (Noted & {
      readonly kind: 'compared';
      readonly model: string;
      readonly task: TaskClass;
      readonly differs: boolean;
      readonly accepted: number;
      readonly limit: number;
    })
  | (Noted & { readonly kind: 'resume'; readonly model: string | null; readonly task: TaskClass | null });

/** Where notes are kept for restarts; what others keep comes back through `take`. */
export interface GuardJournal {
  append(event: LearnedEvent): void;
  /** Called when the guards are asked, so that what was kept is read. */
  start(): void;
}

/**
 * Tests, one comparison after the other, whether more answers differ than is accepted. The evidence is an e-detector
 * (Shin, Ramdas, Rinaldo 2022) of CUSUM form: the likelihood ratio of a share three times the accepted one, restarted at 1
 * whenever it falls below. Whatever the order and however long it runs, while no more than the accepted share differs the
 * mean number of comparisons before it reaches `limit` by mistake is at least `limit`.
 */
export function createGuards({
  bus,
  log,
  now,
  journal = null,
}: {
  readonly bus: Bus;
  readonly log: Log;
  readonly now: () => number;
  readonly journal?: GuardJournal | null;
}): Guards {
  const states = new Map<string, GuardState>();
  const ids = new Set<string>();
  const nameOf = (model: string, task: TaskClass): string =>
    states.has(`${task} ${model}`) || states.size < MOST_STATES ? model : OTHERS;

  const fold = (note: Note): void => {
    if (ids.has(note.id)) return;
    ids.add(note.id);
    if (ids.size > MOST_IDS)
      for (const oldest of ids) {
        ids.delete(oldest);
        break;
      }
    if (note.kind === 'resume') {
      for (const [key, { model, task }] of states)
        if ((note.model ?? model) === model && (note.task ?? task) === task) states.delete(key);
      return;
    }
    const { task, differs, accepted, limit, at } = note;
    const model = nameOf(note.model, task);
    const key = `${task} ${model}`;
    const before = states.get(key);
    const evidence = Math.max(before?.evidence ?? 1, 1) * likelihoodRatio(differs, accepted);
    const stoppedAt = before?.stoppedAt ?? (evidence >= limit ? at : null);
    const state: GuardState = {
      model,
      task,
      compared: (before?.compared ?? 0) + 1,
      differing: (before?.differing ?? 0) + (differs ? 1 : 0),
      evidence,
      limit,
      stoppedAt,
    };
    states.set(key, state);
    if (stoppedAt !== null && (before?.stoppedAt ?? null) === null)
      log.warn('compression stopped for a class of tasks: too many answers differ', { ...state });
  };

  const stop = bus.subscribe(TOPIC, (message) => fold(JSON.parse(message) as Note));
  const publish = (note: Note): void => {
    const data = JSON.stringify(note);
    const { at, id, kind: type } = note;
    const scope = note.kind === 'resume' ? '' : `${note.task} ${note.model}`;
    journal?.append({ id, type, at, entry: null, scope, expiresAt: null, bytes: 0, data });
    bus.publish(TOPIC, data);
  };

  return {
    stopped: (model, task) => {
      journal?.start();
      if (states.size === 0) return null;
      const state = states.get(`${task} ${nameOf(model, task)}`);
      if (!state || state.stoppedAt === null) return null;
      return `stopped by the guard: ${state.differing} of ${state.compared} answers to ${task} tasks differed`;
    },
    note: (model, task, differs, { mostDiffering, falseAlarmEvery }) =>
      publish({
        id: uuidv7(now()),
        kind: 'compared',
        model,
        task,
        differs,
        accepted: mostDiffering,
        limit: falseAlarmEvery,
        at: now(),
      }),
    resume: (model, task) => {
      const stopped = [...states.values()].filter(
        (state) =>
          state.stoppedAt !== null &&
          (model ?? state.model) === state.model &&
          (task ?? state.task) === state.task,
      ).length;
      publish({ id: uuidv7(now()), at: now(), kind: 'resume', model: model ?? null, task: task ?? null });
      return stopped;
    },
    report: () => [...states.values()],
    take: ({ data }) => {
      const note: unknown = JSON.parse(data);
      if (isObject(note) && (note['kind'] === 'compared' || note['kind'] === 'resume'))
        fold(note as unknown as Note);
    },
    close: stop,
  };
}

/** The guards, as the management API asks for them. */
export function compressAccess(guards: Guards): {
  guards(): Promise<readonly GuardState[]>;
  resume(model: string | undefined, task: TaskClass | undefined): Promise<number>;
} {
  return {
    guards: async () => guards.report(),
    resume: async (model, task) => guards.resume(model, task),
  };
}

/** At most 1 on average while the share of differing answers is at most the accepted one. */
function likelihoodRatio(differs: boolean, accepted: number): number {
  const feared = Math.min(0.9, 3 * accepted);
  return differs ? feared / accepted : (1 - feared) / (1 - accepted);
}
