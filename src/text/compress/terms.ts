const WORD = /[\p{L}\p{M}\p{N}_]+/gu;
const WITHOUT_SPACES = /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}]/u;
/** Words of English that say little. */
const EMPTY = new Set(
  'a an and are as at be been by did do does for from had has have he her his how i in is it its not of on or our she so that the their them there these they this to was we were what when where which who why will with you your'.split(
    ' ',
  ),
);

/**
 * The terms of a text with how often each occurs: words in lower case without the commonest and without plural endings, and
 * pairs of characters where words have no spaces between them.
 */
export function termsOf(text: string): Map<string, number> {
  const terms = new Map<string, number>();
  const add = (term: string): void => void terms.set(term, (terms.get(term) ?? 0) + 1);
  for (const [word] of text.toLowerCase().normalize('NFKC').matchAll(WORD)) {
    if (WITHOUT_SPACES.test(word)) {
      const characters = Array.from(word);
      if (characters.length === 1) add(word);
      for (let at = 1; at < characters.length; at++) add(`${characters[at - 1]}${characters[at]}`);
    } else if (!EMPTY.has(word)) add(stem(word));
  }
  return terms;
}

function stem(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 3 && word.endsWith('s') && !word.endsWith('ss')) return word.slice(0, -1);
  return word;
}

/** Cosine of two texts' terms, each with its weight. */
export function cosine(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const [small, large] = a.size <= b.size ? [a, b] : [b, a];
  let sum = 0;
  for (const [term, weight] of small) sum += weight * (large.get(term) ?? 0);
  const lengths = norm(a) * norm(b);
  return lengths === 0 ? 0 : sum / lengths;
}

export function norm(weights: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const weight of weights.values()) sum += weight * weight;
  return Math.sqrt(sum);
}
