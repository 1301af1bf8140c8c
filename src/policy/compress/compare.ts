import type { Answer } from '../../core/answer.ts';
import type { Embedder } from '../../core/ports.ts';
import { cosine, termsOf } from '../../text/compress/index.ts';

/**
 * How alike two answers are, at most 1. The same words, the same calls of tools and the same JSON are 1; answers with
 * different numbers 0, as is an answer without words beside one with some; else the likeness of their meanings, or of their
 * words where there is no model.
 */
export async function likeness(a: Answer, b: Answer, embedder: Embedder | null): Promise<number> {
  const [one, other] = [normalised(a), normalised(b)];
  if (one === other) return 1;
  if (one === '' || other === '') return 0;
  if (numbersOf(one) !== numbersOf(other) && Math.min(one.length, other.length) < SHORT) return 0;
  if (!embedder) return cosine(termsOf(one), termsOf(other));
  const [first, second] = await embedder.embed([one, other]);
  if (!first || !second) return 0;
  let sum = 0;
  for (const [index, value] of first.entries()) sum += value * (second[index] ?? 0);
  return sum;
}

/** In a short answer, its numbers are the answer. */
const SHORT = 200;

function normalised({ content }: Answer): string {
  return content
    .map((part) => {
      if (part.type === 'text') return canonical(part.text);
      return part.type === 'tool-call' ? `${part.name} ${canonical(part.arguments)}` : '';
    })
    .filter((text) => text !== '')
    .join('\n');
}

function canonical(text: string): string {
  const trimmed = text.trim();
  if (/^[{[]/.test(trimmed)) {
    try {
      return JSON.stringify(sorted(JSON.parse(trimmed)));
    } catch {
      // No JSON, then.
    }
  }
  return trimmed
    .toLowerCase()
    .normalize('NFKC')
    .replace(/[\s\p{P}]+/gu, ' ')
    .trim();
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

function numbersOf(text: string): string {
  return (text.match(/\p{N}+(?:[.,]\p{N}+)*/gu) ?? []).sort().join(' ');
}
