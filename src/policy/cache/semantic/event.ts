import { isObject } from '../../../core/json.ts';
import { DROPPED, type LearnedEvent } from '../../../core/learned.ts';
import { vectorFromBase64, vectorToBase64 } from '../../../core/vector-base64.ts';
import { decodeAnswer, encodeAnswer, type StoredAnswer } from '../exact/stored-answer.ts';

interface Common {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** The answer's id. */
  readonly entry: string;
  /** Whose learner it concerns; see `kindOf`. */
  readonly kind: string;
}

/** A question that an answer is known to answer. */
export interface Asking {
  readonly context: string;
  readonly question: string;
  readonly vector: Float32Array;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

export interface AnswerEvent extends Common, Asking {
  readonly type: 'answer';
  readonly answer: StoredAnswer;
  readonly text: string;
}

export interface QuestionEvent extends Common, Asking {
  readonly type: 'question';
}

/** A stored answer was compared with a fresh one. */
export interface ComparedEvent extends Common {
  readonly type: 'compared';
  /** That it is right, as it was estimated before. */
  readonly chance: number;
  readonly similarity: number;
  readonly correct: boolean;
}

export interface DroppedEvent extends Common {
  readonly type: typeof DROPPED;
}

/** Everything that changes what the semantic cache knows. */
export type SemanticEvent = AnswerEvent | QuestionEvent | ComparedEvent | DroppedEvent;

export function toLearned(event: SemanticEvent): LearnedEvent {
  const { at, entry, id, kind, type } = event;
  const common = { id, type, at, entry, scope: kind, expiresAt: null, bytes: 0 };
  switch (event.type) {
    case 'answer':
    case 'question':
      return { ...common, expiresAt: event.expiresAt, ...written(event) };
    case 'compared': {
      const { chance, correct, similarity } = event;
      return { ...common, data: JSON.stringify({ chance, correct, similarity }) };
    }
    case DROPPED:
      return { ...common, data: '{}' };
  }
}

/** Null for what is no event of this version. */
export function fromLearned(row: LearnedEvent): SemanticEvent | null {
  const { at, data, entry, expiresAt, id, scope: kind, type } = row;
  const read = parsed(data);
  if (entry === null || !read) return null;
  const common = { id, at, entry, kind };
  if (type === DROPPED) return { ...common, type };
  if (type === 'compared') {
    const { chance, correct, similarity } = read as Partial<ComparedEvent>;
    if (typeof chance !== 'number' || typeof similarity !== 'number' || typeof correct !== 'boolean')
      return null;
    return { ...common, type, chance, correct, similarity };
  }
  const { context, question, vector } = read;
  if (typeof context !== 'string' || typeof question !== 'string' || typeof vector !== 'string') return null;
  const asking = { context, question, vector: vectorFromBase64(vector), expiresAt: expiresAt ?? at };
  if (type === 'question') return { ...common, type, ...asking };
  const { answer, text } = read;
  if (type !== 'answer' || typeof answer !== 'string' || typeof text !== 'string') return null;
  const stored = decodeAnswer(Buffer.from(answer, 'base64'));
  return stored && { ...common, type, ...asking, answer: stored, text };
}

function written(event: AnswerEvent | QuestionEvent): { readonly data: string; readonly bytes: number } {
  const { context, question, vector } = event;
  const asked = { context, question, vector: vectorToBase64(vector) };
  if (event.type === 'question') return { data: JSON.stringify(asked), bytes: 0 };
  const answer = encodeAnswer(event.answer);
  const data = JSON.stringify({ ...asked, text: event.text, answer: Buffer.from(answer).toString('base64') });
  return { data, bytes: answer.length + event.text.length * 2 };
}

function parsed(data: string): Record<string, unknown> | null {
  try {
    const read: unknown = JSON.parse(data);
    return isObject(read) ? read : null;
  } catch {
    return null;
  }
}
