import { DROPPED } from '../../../core/learned.ts';
import type { StoredAnswer } from '../exact/stored-answer.ts';
import { sizeOfPart } from '../exact/stored-answer.ts';
import type { Observation } from './boundary.ts';
import type { AnswerEvent, Asking, ComparedEvent, SemanticEvent } from './event.ts';
import { differenceOf, type Traits, traitsOf } from './guard.ts';
import { Learner } from './learner.ts';
import { Observations } from './observations.ts';
import { VectorIndex } from './vector-index.ts';

/** One answer, with the questions that it was found to answer. */
export interface Entry {
  readonly id: string;
  readonly answer: StoredAnswer;
  readonly text: string;
  readonly bytes: number;
  readonly expiresAt: number;
  readonly slots: number[];
  /** Ids of the events that brought its questions. */
  readonly questions: Set<string>;
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

/** Where events are written that are to outlive the process. What it takes comes back through `apply`, in the order of all. */
export interface SemanticJournal {
  append(event: SemanticEvent): void;
  /** Called when the cache is used, so that what was kept is read. */
  start(): void;
}

/** Neighbours that are looked at: the nearest may be forbidden, or too old. */
const NEIGHBOURS = 8;
/** Farther ones are not worth a comparison. */
const LEAST_SIMILARITY = 0.6;
const MOST_QUESTIONS_AN_ENTRY = 32;
const MOST_LEARNERS = 1000;

/** Answers by the meaning of their questions, in memory. What was used least lately goes first when room is needed. */
export class SemanticCache {
  readonly #limits: SemanticCacheLimits;
  /** Made when it is needed first: it takes room and time. */
  #index: VectorIndex | null = null;
  readonly #questions = new Map<number, Question>();
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  readonly #scopes = new Map<string, { readonly number: number; questions: number }>();
  readonly #scopeOfSlot = new Map<number, string>();
  readonly #learners = new Map<string, Learner>();
  readonly #observations: Observations;
  #journal: SemanticJournal | null = null;
  #lastScope = 0;
  #bytes = 0;

  constructor(limits: SemanticCacheLimits) {
    this.#limits = limits;
    this.#observations = new Observations(limits.maxQuestions);
  }

  get questions(): number {
    return this.#questions.size;
  }

  get answers(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** From now on what it learns is written there. */
  keepIn(journal: SemanticJournal): void {
    this.#journal = journal;
  }

  /** Reads what was kept, where that was not begun. */
  wake(): void {
    this.#journal?.start();
  }

  /** What is learnt of calls of this kind. */
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

  /** Comparisons of an answer with fresh ones, the newest last. */
  observationsOf({ id }: Entry): readonly Observation[] {
    return this.#observations.of(id);
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
      if (entry.expiresAt <= now) this.#drop(entry);
      else if (differenceOf(traits, question.traits) === null) return { entry, similarity };
    }
    return null;
  }

  use(entry: Entry): void {
    if (!this.#entries.delete(entry.id)) return;
    this.#entries.set(entry.id, entry);
  }

  /**
   * Takes what this process found out. Answers and questions serve at once. A comparison that is kept counts when it comes
   * back: so that all processes count all of them, each once and in one order.
   * @param keep whether it may leave the memory of this process
   */
  record(event: SemanticEvent, keep: boolean): void {
    const journal = keep ? this.#journal : null;
    journal?.append(event);
    if (event.type !== 'compared' || !journal) this.apply(event);
  }

  /** Takes an event, whoever found it out. Answers and questions that are known already are left out. */
  apply(event: SemanticEvent): void {
    switch (event.type) {
      case 'answer':
        this.#add(event);
        return;
      case 'question': {
        const entry = this.#entries.get(event.entry);
        if (!entry || entry.questions.has(event.id) || entry.slots.length >= MOST_QUESTIONS_AN_ENTRY) return;
        this.#place(event.id, event, entry);
        this.#makeRoom(entry);
        return;
      }
      case 'compared':
        this.#learn(event);
        return;
      case DROPPED: {
        const entry = this.#entries.get(event.entry);
        if (entry) this.#drop(entry);
      }
    }
  }

  /** Whether an older answer finds room without newer ones having to go. */
  hasRoom(): boolean {
    return this.#bytes < this.#limits.maxBytes && this.#questions.size < this.#limits.maxQuestions;
  }

  /** As if each answer had been used last when it was made. Of those made at once, what came later is older. */
  orderByAge(): void {
    const entries = [...this.#entries].reverse().sort(([, a], [, b]) => a.answer.madeAt - b.answer.madeAt);
    this.#entries.clear();
    for (const [id, entry] of entries) this.#entries.set(id, entry);
  }

  forgetAnswers(): void {
    for (const entry of this.#entries.values()) this.#drop(entry);
  }

  forgetLearnt(): void {
    this.#learners.clear();
    this.#observations.clear();
  }

  #learn({ chance, correct, entry, kind, similarity }: ComparedEvent): void {
    const observation = { similarity, correct };
    this.learner(kind).learn(chance, this.#observations.of(entry), observation);
    this.#observations.add(entry, observation);
  }

  #add(event: AnswerEvent): void {
    const { answer, entry: id, expiresAt, text } = event;
    const bytes = text.length * 2 + answer.parts.reduce((sum, part) => sum + sizeOfPart(part), 0);
    if (bytes > this.#limits.maxBytes || this.#entries.has(id)) return;
    const entry: Entry = { id, answer, text, bytes, expiresAt, slots: [], questions: new Set() };
    this.#entries.set(id, entry);
    this.#bytes += bytes;
    this.#place(event.id, event, entry);
    this.#makeRoom(entry);
  }

  #place(id: string, { context, question, vector }: Asking, entry: Entry): void {
    let scope = this.#scopes.get(context);
    if (!scope) {
      this.#lastScope += 1;
      scope = { number: this.#lastScope, questions: 0 };
      this.#scopes.set(context, scope);
    }
    scope.questions += 1;
    this.#index ??= new VectorIndex(this.#limits.dimensions);
    const slot = this.#index.add(scope.number, vector);
    this.#questions.set(slot, { entry, traits: traitsOf(question) });
    this.#scopeOfSlot.set(slot, context);
    entry.slots.push(slot);
    entry.questions.add(id);
  }

  #makeRoom(newest: Entry): void {
    const { maxBytes, maxQuestions } = this.#limits;
    for (const oldest of this.#entries.values()) {
      if (this.#bytes <= maxBytes && this.#questions.size <= maxQuestions) return;
      if (oldest !== newest) this.#drop(oldest);
    }
  }

  #drop(entry: Entry): void {
    if (!this.#entries.delete(entry.id)) return;
    this.#bytes -= entry.bytes;
    this.#observations.delete(entry.id);
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
