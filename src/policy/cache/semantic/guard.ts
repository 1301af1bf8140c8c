import { MARKED, NEGATIONS, OPPOSITES, PLAIN, SAME_NAMES, stemOf } from './words.ts';

/** What two questions must have in common, however near their vectors are. */
export interface Traits {
  /** Words in lower case, in their order. */
  readonly words: readonly string[];
  /** Numbers in their order, `1,000.50` as `1000.5`. */
  readonly numbers: readonly string[];
  readonly negations: number;
  /** Names, identifiers and quoted text: what is written with capitals, digits or signs within a word. */
  readonly names: readonly string[];
}

const MOST_CHARS = 8_000;
const WORD = /[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}'’_]*(?:[.,:/@#+-][\p{L}\p{M}\p{N}_]+)*[+#%]*|[$€£¥%°]/gu;
const NUMBER = /^[-+]?\d/;
/** Not `one`, which mostly stands for people. */
const NUMBER_WORDS = new Map(
  'two three four five six seven eight nine ten eleven twelve'
    .split(' ')
    .map((word, index) => [word, String(index + 2)]),
);
/** `whether it is true or not` denies nothing. */
const OR_NOT = /\bor not\b/gi;
/** Chinese and Japanese are written without spaces: what denies is looked for within the text. */
const NEGATIONS_INSIDE = /ない|ません|なく|ず(?=に|、|。|$)|不[可能会是要]|没有|没|未|非|无|無/gu;

/** What of a text its meaning hangs on. */
export function traitsOf(text: string): Traits {
  const words: string[] = [];
  const numbers: string[] = [];
  const names: string[] = [];
  let negations = 0;
  const plain = text.slice(0, MOST_CHARS).normalize('NFKC').replaceAll('’', "'").replace(OR_NOT, ' ');
  for (const [raw] of plain.matchAll(WORD)) {
    const lower = raw.toLowerCase().replace(/'s$/, '');
    const word = SAME_NAMES.get(lower) ?? lower;
    const number = numberIn(word);
    words.push(number ?? word);
    if (number !== null) numbers.push(number);
    else if (NEGATIONS.has(word) || word.endsWith("n't")) negations += 1;
    else if (isName(raw, word)) names.push(word);
  }
  negations += [...plain.matchAll(NEGATIONS_INSIDE)].length;
  return { words, numbers, negations, names };
}

/** Why two questions are not to share an answer, or null when nothing forbids it. */
export function differenceOf(a: Traits, b: Traits): string | null {
  if (!sameList(a.numbers, b.numbers)) return 'their numbers differ';
  if (a.negations !== b.negations) return 'one of them denies';
  const [inA, inB] = [countsOf(a.words), countsOf(b.words)];
  if (MARKED.some((words) => words.some((word) => inA.has(word)) !== words.some((word) => inB.has(word))))
    return 'they hold opposite words';
  if (a.names.some((name) => !holds(inB, name)) || b.names.some((name) => !holds(inA, name)))
    return 'they name different things';
  if (!sameList(namesIn(a, b), namesIn(b, a))) return 'they name the same things in another order';
  if (holdOpposites(a.words, b.words)) return 'they hold opposite words';
  if (isSwapped(a.words, b.words)) return 'they differ in one word only';
  return null;
}

function numberIn(word: string): string | null {
  const spelt = NUMBER_WORDS.get(word);
  if (spelt !== undefined) return spelt;
  if (!NUMBER.test(word)) return null;
  const bare = word.replaceAll(',', '').replace(/^0+(?=\d)/, '');
  if (!/^\d+(?:\.\d+)?%?$/.test(bare)) return word;
  return bare.includes('.') ? bare.replace(/\.?0+(%?)$/, '$1') : bare;
}

/** Capitals at the beginning of a sentence say little: such a word is a name unless it is a common one. */
function isName(raw: string, word: string): boolean {
  if (/[\d_@#+]/.test(raw) || /\p{L}[./:]\p{L}/u.test(raw) || /[$€£¥%°]/.test(raw)) return true;
  return /^\p{Lu}/u.test(raw) && !PLAIN.has(word);
}

/** The names that stand in both, in the order of the first. */
function namesIn(of: Traits, other: Traits): string[] {
  const names = new Set([...of.names, ...other.names]);
  const others = new Set(other.words);
  return [...new Set(of.words.filter((word) => names.has(word) && others.has(word)))];
}

/** Whether the one says more often what the other says the opposite of. */
function holdOpposites(a: readonly string[], b: readonly string[]): boolean {
  const [inA, inB] = [countsOf(a.map(stemOf)), countsOf(b.map(stemOf))];
  for (const [word, count] of inA)
    for (const opposite of OPPOSITES.get(word) ?? [])
      if (count > (inB.get(word) ?? 0) && (inA.get(opposite) ?? 0) < (inB.get(opposite) ?? 0)) return true;
  return false;
}

function countsOf(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** Whether a name stands there, in one number or the other. */
function holds(words: ReadonlyMap<string, number>, name: string): boolean {
  return words.has(name) || words.has(`${name}s`) || (name.endsWith('s') && words.has(name.slice(0, -1)));
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}

/** The same sentence with another word in one place: `capital of France`, `capital of Spain`, in whatever case. */
function isSwapped(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length || a.length < 3) return false;
  const places = a.flatMap((word, at) => (word === b[at] ? [] : [at]));
  return places.length === 1 && places.some((at) => differs(a[at] ?? '', b[at] ?? ''));
}

function differs(a: string, b: string): boolean {
  if (PLAIN.has(a) && PLAIN.has(b)) return false;
  // `question` and `questions`, `work` and `works`.
  const common = Math.min(a.length, b.length) - 1;
  return common < 3 || a.slice(0, common) !== b.slice(0, common);
}
