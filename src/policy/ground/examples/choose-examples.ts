import type { Example } from '../../../core/examples.ts';
import type { ExampleSettings } from '../../../core/plan/ground.ts';
import { dot } from '../../../text/embed/similarity.ts';

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
  const near = examples
    .filter((example) => example.rating >= minRating && isOfKind(example, wanted, settings))
    .map((example) => ({ ...example, similarity: dot(example.vector, vector) }))
    .sort((a, b) => b.similarity - a.similarity || b.rating - a.rating || (a.callId < b.callId ? 1 : -1));
  const chosen: NearExample[] = [];
  const questions = new Set<string>();
  let characters = 0;
  for (const example of near) {
    if (chosen.length === number || example.similarity < minSimilarity) break;
    const length = lengthOf(example);
    if (questions.has(example.question) || characters + length > mostCharacters) continue;
    questions.add(example.question);
    characters += length;
    chosen.push(example);
  }
  return { examples: chosen, known: near.length, best: near[0]?.similarity ?? null };
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
