import { differenceOf, traitsOf } from '../../../src/policy/cache/semantic/guard.ts';
import type { Risk } from '../../../src/policy/cache/semantic/learner.ts';
import { SemanticCache } from '../../../src/policy/cache/semantic/semantic-cache.ts';
import { VectorIndex } from '../../../src/policy/cache/semantic/vector-index.ts';
import { MADE_CLASSES, type Question } from './questions.ts';

export interface Traffic {
  readonly questions: readonly Question[];
  readonly vectors: readonly Float32Array[];
}

export interface Outcome {
  readonly calls: number;
  readonly hits: number;
  /** Hits with the answer to another question. */
  readonly wrong: number;
  /** Of those, hits for questions that were made to look alike. */
  readonly wrongMade: number;
  /** Calls before the first hit. */
  readonly firstHit: number | null;
  readonly compared: number;
}

/** The answer of a class of questions, as the cache keeps it. */
function answerOf(question: Question, now: number) {
  const call = { dialect: 'openai-chat', operation: 'generate', stream: false } as const;
  return {
    answer: {
      madeAt: now,
      form: 'typed',
      call,
      parts: [{ type: 'text-delta', id: 't', text: String(question.class) }],
    },
    text: String(question.class),
  } as const;
}

/**
 * Plays traffic to the cache as its stage does, with the class of a question for its answer.
 * @param unknown whether people's questions of different classes, which may mean the same, meet
 */
export function replay(
  { questions, vectors }: Traffic,
  risk: Risk & { readonly auditShare: number },
  random: () => number,
  unknown: boolean,
): Outcome {
  const cache = new SemanticCache({ dimensions: vectors[0]?.length ?? 0, maxQuestions: 1e6, maxBytes: 1e12 });
  const learner = cache.learner('all');
  let [hits, wrong, wrongMade] = [0, 0, 0];
  let firstHit: number | null = null;
  for (const [now, question] of questions.entries()) {
    const vector = vectors[now];
    if (!vector) continue;
    const traits = traitsOf(question.text);
    const id = String(now);
    const common = { id, at: now, kind: 'all' };
    const asking = { context: 'all', question: question.text, vector, expiresAt: Number.MAX_SAFE_INTEGER };
    const found = cache.find('all', vector, traits, now);
    const foundClass = Number(found?.entry.text);
    const correct = foundClass === question.class;
    const ambiguous = found && !correct && question.made === null && foundClass < MADE_CLASSES;
    const candidate = found && (unknown || !ambiguous) ? found : null;
    if (candidate) {
      const { entry, similarity } = candidate;
      const chance = learner.chance(similarity, cache.observationsOf(entry));
      const rule = learner.rule(risk);
      const trusted = rule && similarity >= rule.leastSimilarity && chance >= rule.leastChance;
      if (trusted && random() >= risk.auditShare) {
        firstHit ??= now;
        hits += 1;
        if (!correct) wrong += 1;
        if (!correct && question.made !== null) wrongMade += 1;
        continue;
      }
      cache.apply({ type: 'compared', ...common, entry: entry.id, chance, similarity, correct });
      if (correct) {
        cache.apply({ type: 'question', ...common, ...asking, entry: entry.id });
        continue;
      }
    }
    cache.apply({ type: 'answer', ...common, ...asking, entry: id, ...answerOf(question, now) });
  }
  return { calls: questions.length, hits, wrong, wrongMade, firstHit, compared: learner.compared };
}

/** The usual way, for comparison: whatever is at least that similar is given. */
export function replayThreshold(
  { questions, vectors }: Traffic,
  threshold: number,
  guarded: boolean,
): Outcome {
  const index = new VectorIndex(vectors[0]?.length ?? 0);
  const kept = new Map<number, Question>();
  let [hits, wrong, wrongMade] = [0, 0, 0];
  for (const [at, question] of questions.entries()) {
    const vector = vectors[at];
    if (!vector) continue;
    const traits = traitsOf(question.text);
    const near = index.nearest(1, vector, guarded ? 8 : 1).find(({ slot }) => {
      const other = kept.get(slot);
      return other && (!guarded || differenceOf(traits, traitsOf(other.text)) === null);
    });
    if (near && near.similarity >= threshold) {
      hits += 1;
      const correct = kept.get(near.slot)?.class === question.class;
      if (!correct) wrong += 1;
      if (!correct && question.made !== null) wrongMade += 1;
    } else kept.set(index.add(1, vector), question);
  }
  return { calls: questions.length, hits, wrong, wrongMade, firstHit: null, compared: 0 };
}
