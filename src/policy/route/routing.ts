import type { Feedback, Ratings } from '../../core/feedback.ts';
import type { CallRecord } from '../../core/record.ts';
import { type ExperimentDeps, Experiments } from './experiments/experiments.ts';
import { ModelTable } from './stats/model-table.ts';
import { observeRecord } from './stats/observe.ts';

/** What routing knows and keeps between calls, in one process. */
export interface Routing {
  readonly table: ModelTable;
  readonly experiments: Experiments;
  /** Learns from a finished call. */
  observe(record: CallRecord): void;
}

export function createRouting(deps: ExperimentDeps): Routing {
  const table = new ModelTable(() => deps.clock.now());
  const experiments = new Experiments(deps);
  return {
    table,
    experiments,
    observe: (record) => {
      observeRecord(table, record);
      experiments.observe(record);
    },
  };
}

/** One feedback as ratings to add: its own, and the taking back of the one that it replaces. */
export function ratingsOf(
  feedback: Pick<Feedback, 'requestedModel' | 'target' | 'task' | 'score'>,
  replaced: Pick<Feedback, 'score' | 'task'> | null,
): readonly Ratings[] {
  const { requestedModel, target, task, score } = feedback;
  const added: Ratings = { requestedModel, target, task, count: 1, scoreSum: score };
  if (!replaced) return [added];
  return [{ requestedModel, target, task: replaced.task, count: -1, scoreSum: -replaced.score }, added];
}
