import { fitHead, type Head, successOf } from './logistic.ts';

/** A question, where it comes from, and what each target made of it. */
export interface Sample {
  readonly prompt: string;
  /** Questions of one group are held out together: a subject, a customer, a day. */
  readonly group: string;
  /** By `provider/model`, from 0 (failed) to 1 (succeeded). Every sample knows the same targets. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** Regularisation: tuned on nothing, 10 of 3, 10, 30 and 100 lay in the middle of a flat optimum on MMLU outcomes. */
const L2 = 10;
const FOLDS = 8;

/** One head a target. */
export function trainHeads(
  samples: readonly Sample[],
  vectors: readonly Float32Array[],
): Readonly<Record<string, Head>> {
  return Object.fromEntries(
    targetsOf(samples).map((name) => [name, fitHead(vectors, outcomesOf(samples, name), L2)]),
  );
}

/**
 * What heads that never saw a sample's group predict for it: the honest basis for an evaluation.
 * @returns for each sample the predicted success by target
 */
export function heldOutPredictions(
  samples: readonly Sample[],
  vectors: readonly Float32Array[],
): readonly Readonly<Record<string, number>>[] {
  const folds = foldsOf(samples);
  const predictions: Record<string, number>[] = samples.map(() => ({}));
  for (const name of targetsOf(samples)) {
    const outcomes = outcomesOf(samples, name);
    for (const fold of new Set(folds)) {
      const rows = folds.flatMap((each, row) => (each === fold ? [] : [row]));
      const head = fitHead(vectors, outcomes, L2, rows);
      folds.forEach((each, row) => {
        if (each === fold) predictions[row]![name] = successOf(head, vectors[row]!);
      });
    }
  }
  return predictions;
}

export function targetsOf(samples: readonly Sample[]): string[] {
  return Object.keys(samples[0]?.outcomes ?? {});
}

function outcomesOf(samples: readonly Sample[], name: string): number[] {
  return samples.map(({ outcomes }) => outcomes[name] ?? 0);
}

/** Each group in one fold, the largest groups first, each into the fold that is smallest so far. */
function foldsOf(samples: readonly Sample[]): number[] {
  const sizes = new Map<string, number>();
  for (const { group } of samples) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const loads = Array<number>(Math.min(FOLDS, sizes.size)).fill(0);
  const foldOf = new Map<string, number>();
  for (const [group, size] of [...sizes].sort((a, b) => b[1] - a[1])) {
    const fold = loads.indexOf(Math.min(...loads));
    loads[fold]! += size;
    foldOf.set(group, fold);
  }
  return samples.map(({ group }) => foldOf.get(group) ?? 0);
}
