import { canonical } from '../exact/canonical.ts';
import { differenceOf, traitsOf } from './guard.ts';

/** Answers of so few words are the same only when all their words are. */
const SHORT_WORDS = 12;
/** One that is so much longer says more. */
const MOST_LONGER = 3;
const FENCE = /```[^\n]*\n([\s\S]*?)```/g;

/**
 * Whether two answers say the same. Equal texts do, but for case, space, emphasis and signs at the end. JSON does when its
 * values are equal, code when it is equal to the letter. Else their numbers, names and negations must agree, neither may be
 * three times as long, and what they say must be as similar as is asked. Short answers must be equal.
 * @param similarity of the two by their vectors
 */
export async function isSameAnswer(
  a: string,
  b: string,
  leastSimilarity: number,
  similarity: () => Promise<number>,
): Promise<boolean> {
  if (plain(a) === plain(b)) return true;
  const [jsonA, jsonB] = [jsonOf(a), jsonOf(b)];
  if (jsonA !== null || jsonB !== null) return jsonA === jsonB;
  if (codeIn(a) !== codeIn(b)) return false;
  const [traitsA, traitsB] = [traitsOf(a), traitsOf(b)];
  const [shorter = 0, longer = 0] = [traitsA.words.length, traitsB.words.length].sort((x, y) => x - y);
  if (shorter <= SHORT_WORDS || longer > shorter * MOST_LONGER) return false;
  if (differenceOf(traitsA, traitsB) !== null) return false;
  return (await similarity()) >= leastSimilarity;
}

function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[*_`#>]+/g, '')
    .replace(/\s+/g, ' ')
    .replace(/^[\s"'“”]+|[\s"'“”.!。]+$/g, '');
}

function jsonOf(text: string): string | null {
  const bare = text.trim().replace(/^```(?:json)?\s*([\s\S]*?)\s*```$/, '$1');
  if (!/^[[{]/.test(bare)) return null;
  try {
    return canonical(JSON.parse(bare));
  } catch {
    return null;
  }
}

function codeIn(text: string): string {
  return [...text.matchAll(FENCE)].map(([, code = '']) => code.trim()).join('\n');
}
