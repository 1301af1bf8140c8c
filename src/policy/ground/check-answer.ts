import type { Embedder } from '../../core/ports.ts';
import { splitSpans } from '../../text/spans/index.ts';
import { dot } from '../../core/similarity.ts';
import type { Found } from './library.ts';

export interface Support {
  /** Sentences that say something: short ones and questions do not count. */
  readonly sentences: number;
  readonly supported: number;
  /** `supported / sentences`; 1 for an answer that says nothing. */
  readonly share: number;
  /** Positions of the sentences that nothing supports. */
  readonly unsupported: readonly number[];
}

const LEAST_WORDS = 4;
const MOST_SENTENCES = 200;
const NUMBER = /\d+(?:[.,]\d+)*/g;
const CITATION = /\[\d+(?:\s*,\s*\d+)*\]/g;

/**
 * Compares each sentence of an answer with the passages it should come from. A sentence is supported when it is near to a
 * sentence or passage of the sources and every number in it stands in them. It measures nearness of meaning and not
 * truth: a sentence that negates its source is near to it.
 */
export async function supportOf(
  answer: string,
  passages: readonly Found[],
  minSupport: number,
  embedder: Embedder,
  signal?: AbortSignal,
): Promise<Support> {
  const said = sentencesOf(answer.replace(CITATION, '')).slice(0, MOST_SENTENCES);
  const sources = passages.flatMap(({ text }) => [text, ...sentencesOf(text)]);
  const numbers = new Set(passages.flatMap(({ text }) => text.match(NUMBER) ?? []));
  const vectors = await embedder.embed([...said, ...sources], signal);
  const nearest = said.map((_, at) => {
    const vector = vectors[at];
    if (!vector) return 0;
    return vectors.slice(said.length).reduce((best, source) => Math.max(best, dot(vector, source)), -1);
  });
  const unsupported = said.flatMap((sentence, at) => {
    const known = (sentence.match(NUMBER) ?? []).every((number) => numbers.has(number));
    return known && (nearest[at] ?? 0) >= minSupport ? [] : [at];
  });
  const supported = said.length - unsupported.length;
  return {
    sentences: said.length,
    supported,
    share: said.length === 0 ? 1 : supported / said.length,
    unsupported,
  };
}

function sentencesOf(text: string): string[] {
  return splitSpans(text).flatMap(({ kind, start, end }) => {
    const sentence = text.slice(start, end).trim();
    if (kind === 'code' || kind === 'json' || kind === 'heading' || sentence.endsWith('?')) return [];
    return wordsIn(sentence) >= LEAST_WORDS ? [sentence] : [];
  });
}

const WORDS = new Intl.Segmenter(undefined, { granularity: 'word' });

function wordsIn(text: string): number {
  let words = 0;
  for (const { isWordLike } of WORDS.segment(text)) if (isWordLike) words += 1;
  return words;
}
