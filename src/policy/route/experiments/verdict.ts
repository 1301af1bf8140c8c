import type { ArmSums, ExperimentStatus } from '../../../core/experiment.ts';
import type { Experiment, ExperimentMetric } from '../../../core/plan/route.ts';
import { evidence } from './msprt.ts';

const MORE_IS_BETTER: Readonly<Record<ExperimentMetric, boolean>> = {
  success: true,
  feedback: true,
  cost: false,
  latency: false,
};

type Rules = Pick<Experiment, 'metric' | 'alpha' | 'effect' | 'minOutcomes' | 'mostOutcomes'>;

/** Whether an experiment goes on, by all outcomes so far. May be asked after every outcome. */
export function verdict(rules: Rules, a: ArmSums, b: ArmSums): ExperimentStatus {
  if (Math.min(a.count, b.count) < rules.minOutcomes) return 'running';
  const { difference, likelihoodRatio } = evidence(rules.metric, a, b, rules.effect);
  if (likelihoodRatio >= 1 / rules.alpha)
    return difference > 0 === MORE_IS_BETTER[rules.metric] ? 'b-better' : 'b-worse';
  return a.count + b.count >= rules.mostOutcomes ? 'no-difference' : 'running';
}
