import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { lexicalScorer } from '../../../src/text/compress/index.ts';

/** A question, the passage that answers it among others that do not, and where. */
export interface Retrieval {
  readonly prompt: string;
  readonly question: string;
  readonly answers: readonly string[];
}

interface Row {
  readonly question: string;
  readonly answers: readonly string[];
  readonly ctxs: readonly { readonly title: string; readonly text: string }[];
}

export function lines<T>(data: string, ...path: string[]): T[] {
  const bytes = readFileSync(join(data, ...path));
  const text = (path.at(-1)?.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [JSON.parse(line) as T]));
}

/** Numbers in [0, 1) that are the same in each run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * NaturalQuestions with the passage that answers each, hidden at a random place among those of other questions that share
 * the most words with it (BM25) and do not hold the answer.
 */
export async function retrievals(
  data: string,
  count: number,
  documents: number,
  skip: number,
): Promise<Retrieval[]> {
  const rows = lines<Row>(data, 'lost-in-the-middle', 'nq-open-oracle.jsonl.gz').filter(({ answers, ctxs }) =>
    answers.some((answer) => holds(ctxs[0]?.text ?? '', answer)),
  );
  const passages = [...new Map(rows.map(({ ctxs }) => [ctxs[0]?.text ?? '', ctxs[0]?.title ?? '']))];
  const random = seeded(7);
  const found: Retrieval[] = [];
  for (const { question, answers, ctxs } of rows.slice(skip, skip + count)) {
    const gold = ctxs[0];
    if (!gold) continue;
    const { relevance } = await lexicalScorer.features(
      passages.map(([text, title]) => `${title} ${text}`),
      question,
    );
    const nearest = passages
      .map((passage, index) => ({ passage, score: relevance?.[index] ?? 0 }))
      .filter(({ passage: [text] }) => text !== gold.text && !answers.some((answer) => holds(text, answer)))
      .sort((a, b) => b.score - a.score)
      .slice(0, documents - 1)
      .map(({ passage: [text, title] }) => ({ text, title }));
    const others = shuffled(nearest, random);
    others.splice(Math.floor(random() * documents), 0, gold);
    const shown = others.map(
      ({ text, title }, index) => `Document [${index + 1}](Title: ${title}) ${text}\n\n`,
    );
    const head =
      'Write a high-quality answer for the given question using only the provided search results (some of which might be irrelevant).\n\n';
    found.push({ question, answers, prompt: `${head}${shown.join('')}Question: ${question}\nAnswer:` });
  }
  return found;
}

export function holds(text: string, answer: string): boolean {
  return plain(text).includes(plain(answer));
}

function plain(text: string): string {
  return text.toLowerCase().normalize('NFKC').replace(/\s+/g, ' ');
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
