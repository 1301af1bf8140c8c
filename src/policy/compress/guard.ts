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
  close(): void;
}

/** For a gateway that keeps nothing between calls: nothing is ever stopped. */
export const NO_GUARDS: Guards = {
  stopped: () => null,
  note: () => undefined,
  resume: () => 0,
  report: () => [],
  close: () => undefined,
};

const TOPIC = 'compress-guard';
/** Names come from clients; more of them share one state. */
const MOST_STATES = 1_000;
const OTHERS = '(other models)';

type Note =
  | {
      readonly kind: 'compared';
      readonly model: string;
      readonly task: TaskClass;
      readonly differs: boolean;
      readonly accepted: number;
      readonly limit: number;
      readonly at: number;
    }
  | { readonly kind: 'resume'; readonly model: string | null; readonly task: TaskClass | null };

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
}: {
  readonly bus: Bus;
  readonly log: Log;
  readonly now: () => number;
}): Guards {
  const states = new Map<string, GuardState>();
  const nameOf = (model: string, task: TaskClass): string =>
    states.has(`${task} ${model}`) || states.size < MOST_STATES ? model : OTHERS;

  const fold = (note: Note): void => {
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
  const publish = (note: Note): void => bus.publish(TOPIC, JSON.stringify(note));

  return {
    stopped: (model, task) => {
      if (states.size === 0) return null;
      const state = states.get(`${task} ${nameOf(model, task)}`);
      if (!state || state.stoppedAt === null) return null;
      return `stopped by the guard: ${state.differing} of ${state.compared} answers to ${task} tasks differed`;
    },
    note: (model, task, differs, { mostDiffering, falseAlarmEvery }) =>
      publish({
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
      publish({ kind: 'resume', model: model ?? null, task: task ?? null });
      return stopped;
    },
    report: () => [...states.values()],
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
