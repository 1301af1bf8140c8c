import type { Example } from '../../../core/examples.ts';
import type { ExampleSettings } from '../../../core/plan/ground.ts';
import { dot } from '../../../core/similarity.ts';

/** What a call needs examples for. */
export interface Wanted {
  readonly tenant: string;
  readonly task: string;
  readonly requestedModel: string;
  readonly format: string;
  readonly question: string;
}

export interface NearExample extends Example {
  /** Cosine similarity of its question to the one asked. */
  readonly similarity: number;
}

export interface Chosen {
  /** The most similar first. */
  readonly examples: readonly NearExample[];
  /** Examples that have in common with the call what the settings ask. */
  readonly known: number;
  /** Similarity of the nearest of them; null when there is none. */
  readonly best: number | null;
}

/** The nearest examples that are good enough and fit, each question once: the better rated answer, then the newer. */
export function chooseExamples(
  examples: readonly Example[],
  wanted: Omit<Wanted, 'question' | 'tenant'>,
  vector: Float32Array,
  settings: ExampleSettings,
): Chosen {
  const { minRating, minSimilarity, mostCharacters, number } = settings;
  const near: { readonly example: Example; readonly similarity: number }[] = [];
  let known = 0;
  let best: number | null = null;
  for (const example of examples) {
    if (example.rating < minRating || !isOfKind(example, wanted, settings)) continue;
    const similarity = dot(example.vector, vector);
    known += 1;
    best = Math.max(best ?? similarity, similarity);
    if (similarity >= minSimilarity) near.push({ example, similarity });
  }
  near.sort((a, b) => b.similarity - a.similarity || byWorth(a.example, b.example));
  const chosen: NearExample[] = [];
  const questions = new Set<string>();
  let characters = 0;
  for (const { example, similarity } of near) {
    if (chosen.length === number) break;
    const length = lengthOf(example);
    if (questions.has(example.question) || characters + length > mostCharacters) continue;
    questions.add(example.question);
    characters += length;
    chosen.push({ ...example, similarity });
  }
  return { examples: chosen, known, best };
}

/** The better rated first, then the newer. */
function byWorth(a: Example, b: Example): number {
  return b.rating - a.rating || (a.callId < b.callId ? 1 : -1);
}

/** Characters that an example adds to a prompt, but for its mark. */
export function lengthOf({ question, answer }: Pick<Example, 'question' | 'answer'>): number {
  return question.length + answer.length;
}

function isOfKind(
  example: Example,
  wanted: Omit<Wanted, 'question' | 'tenant'>,
  { same }: ExampleSettings,
): boolean {
  if (example.format !== wanted.format) return false;
  if (same !== 'alias' && example.task !== wanted.task) return false;
  return same === 'task' || example.requestedModel === wanted.requestedModel;
}
