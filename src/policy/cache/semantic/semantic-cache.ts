import type { StoredAnswer } from '../exact/stored-answer.ts';
import { sizeOfPart } from '../exact/stored-answer.ts';
import type { Observation } from './boundary.ts';
import { differenceOf, type Traits } from './guard.ts';
import { Learner } from './learner.ts';
import { VectorIndex } from './vector-index.ts';

/** One answer, with the questions that it was found to answer. */
export interface Entry {
  readonly answer: StoredAnswer;
  readonly text: string;
  readonly bytes: number;
  readonly expiresAt: number;
  /** Comparisons of its answer with fresh ones, the newest last. */
  observations: readonly Observation[];
  readonly slots: number[];
}

/** What stands in the place of a vector. */
interface Question {
  readonly entry: Entry;
  readonly traits: Traits;
}

export interface Candidate {
  readonly entry: Entry;
  readonly similarity: number;
}

export interface SemanticCacheLimits {
  readonly dimensions: number;
  readonly maxQuestions: number;
  readonly maxBytes: number;
}

/** Neighbours that are looked at: the nearest may be forbidden, or too old. */
const NEIGHBOURS = 8;
/** Farther ones are not worth a comparison. */
const LEAST_SIMILARITY = 0.6;
const MOST_OBSERVATIONS = 16;
const MOST_QUESTIONS_AN_ENTRY = 32;
const MOST_LEARNERS = 1000;

/**
 * Answers by the meaning of their questions, in the memory of this process. What was used least lately goes first when
 * room is needed.
 */
export class SemanticCache {
  readonly #limits: SemanticCacheLimits;
  /** Made when it is needed first: it takes room and time. */
  #index: VectorIndex | null = null;
  readonly #questions = new Map<number, Question>();
  /** In the order of their last use. */
  readonly #entries = new Set<Entry>();
  readonly #scopes = new Map<string, { readonly number: number; questions: number }>();
  readonly #scopeOfSlot = new Map<number, string>();
  readonly #learners = new Map<string, Learner>();
  #lastScope = 0;
  #bytes = 0;

  constructor(limits: SemanticCacheLimits) {
    this.#limits = limits;
  }

  get questions(): number {
    return this.#questions.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What is learnt of calls of this kind, by tenant and name of the model. */
  learner(kind: string): Learner {
    const known = this.#learners.get(kind) ?? new Learner();
    this.#learners.delete(kind);
    this.#learners.set(kind, known);
    if (this.#learners.size > MOST_LEARNERS)
      for (const oldest of this.#learners.keys()) {
        this.#learners.delete(oldest);
        break;
      }
    return known;
  }

  /** The nearest question of the same context which nothing forbids to share its answer. @param now epoch milliseconds */
  find(context: string, vector: Float32Array, traits: Traits, now: number): Candidate | null {
    const scope = this.#scopes.get(context);
    if (!scope || !this.#index) return null;
    for (const { slot, similarity } of this.#index.nearest(scope.number, vector, NEIGHBOURS)) {
      if (similarity < LEAST_SIMILARITY) return null;
      const question = this.#questions.get(slot);
      if (!question) continue;
      const { entry } = question;
      if (entry.expiresAt <= now) this.drop(entry);
      else if (differenceOf(traits, question.traits) === null) return { entry, similarity };
    }
    return null;
  }

  use(entry: Entry): void {
    if (!this.#entries.delete(entry)) return;
    this.#entries.add(entry);
  }

  observe(entry: Entry, observation: Observation): void {
    entry.observations = [...entry.observations, observation].slice(-MOST_OBSERVATIONS);
  }

  /** Keeps an answer. @param ttlMs how long */
  add(
    context: string,
    vector: Float32Array,
    traits: Traits,
    answer: StoredAnswer,
    text: string,
    ttlMs: number,
  ): void {
    const bytes = text.length * 2 + answer.parts.reduce((sum, part) => sum + sizeOfPart(part), 0);
    if (bytes > this.#limits.maxBytes) return;
    const expiresAt = answer.madeAt + ttlMs;
    const entry: Entry = { answer, text, bytes, expiresAt, observations: [], slots: [] };
    this.#entries.add(entry);
    this.#bytes += bytes;
    this.#place(context, vector, traits, entry);
    this.#makeRoom(entry);
  }

  /** Keeps one more question that an entry's answer was found to answer. */
  addQuestion(context: string, vector: Float32Array, traits: Traits, entry: Entry): void {
    if (!this.#entries.has(entry) || entry.slots.length >= MOST_QUESTIONS_AN_ENTRY) return;
    this.#place(context, vector, traits, entry);
    this.#makeRoom(entry);
  }

  #place(context: string, vector: Float32Array, traits: Traits, entry: Entry): void {
    let scope = this.#scopes.get(context);
    if (!scope) {
      this.#lastScope += 1;
      scope = { number: this.#lastScope, questions: 0 };
      this.#scopes.set(context, scope);
    }
    scope.questions += 1;
    this.#index ??= new VectorIndex(this.#limits.dimensions);
    const slot = this.#index.add(scope.number, vector);
    this.#questions.set(slot, { entry, traits });
    this.#scopeOfSlot.set(slot, context);
    entry.slots.push(slot);
  }

  #makeRoom(newest: Entry): void {
    const { maxBytes, maxQuestions } = this.#limits;
    for (const oldest of this.#entries) {
      if (this.#bytes <= maxBytes && this.#questions.size <= maxQuestions) return;
      if (oldest !== newest) this.drop(oldest);
    }
  }

  drop(entry: Entry): void {
    if (!this.#entries.delete(entry)) return;
    this.#bytes -= entry.bytes;
    for (const slot of entry.slots.splice(0)) {
      this.#index?.remove(slot);
      this.#questions.delete(slot);
      const context = this.#scopeOfSlot.get(slot) ?? '';
      this.#scopeOfSlot.delete(slot);
      const scope = this.#scopes.get(context);
      if (!scope) continue;
      scope.questions -= 1;
      if (scope.questions === 0) this.#scopes.delete(context);
    }
  }
}
