const WORDS =
  'one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fifteen|twenty|thirty|forty|fifty|sixty|hundred|thousand|million|dozen|half|halves|third|quarter|twice|thrice|double|triple|percent|both|couple|pair|each|every|per|times|same|equal|another';
/** In digits, or in words. */
const NUMBER = new RegExp(
  `\\p{N}+(?:[.,]\\p{N}+)*|\\b(?:${WORDS})s?\\b|[〇一二三四五六七八九十百千万億半]`,
  'giu',
);
/** Not in Latin-1, and neither a dash nor a quotation mark. */
const OTHER_SCRIPT = /[\u0100-\u1fff\u2070-\uffff]/;
const LATIN_NUMBER = new RegExp(`[0-9²³¹¼½¾]+(?:[.,][0-9²³¹¼½¾]+)*|\\b(?:${WORDS})s?\\b`, 'gi');
/** No formula is without one of these. */
const OPERATOR = /[=+*×÷/^\\]/;
const DIGITS = /\p{N}+/gu;
const SHORT = 1_500;
const CALCULATING =
  /\b(?:how (?:many|much|long|far|old|fast)|calculate|compute|solve|simplify|evaluate|integral|derivative|equation|prove|probability|what is the (?:sum|total|value|product|difference|average|area|ratio|remainder|least|greatest|cost|price|profit|salary|speed|distance)|percentages?|altogether|combined|annual|average|net profit)\b|いくつ|何(?:個|人|円|本|枚|分|時間|メートル|cm|km)|求めよ|求めなさい|計算|方程式|合計/i;
const FORMULA =
  /\\(?:frac|sqrt|sum|int|cdot|times)\b|\$[^$\n]{1,200}[=^+][^$\n]{0,200}\$|\p{N}\s*[=+*×÷/^]\s*\p{N}/u;

/** Whether a text holds a number, in digits or in words. */
export function hasNumber(text: string): boolean {
  return text.search(NUMBER) >= 0;
}

/** Whether a text is a problem to calculate: it asks for that, and has numbers to do it with. */
export function isMathematical(text: string): boolean {
  // Numbers are counted last, as that takes longest.
  const hasFormula = OPERATOR.test(text) && FORMULA.test(text);
  // A short text that is full of numbers and ends with a question asks for another number.
  const asks = text.length < SHORT && /[?？]\s*$/.test(text) && (text.match(DIGITS)?.length ?? 0) >= 3;
  if (!hasFormula && !asks && !CALCULATING.test(text)) return false;
  const numbers = countNumbers(text);
  return numbers >= 2 && (hasFormula || numbers / Math.max(1, text.length / 100) >= 0.5);
}

/** In Latin script without the rules of Unicode, which find the same there and take five times as long. */
export function countNumbers(text: string): number {
  return text.match(OTHER_SCRIPT.test(text) ? NUMBER : LATIN_NUMBER)?.length ?? 0;
}

/**
 * Tells for each span whether it stands in mathematical text: all do when the question is to calculate, or the whole text
 * is such a problem; else those of paragraphs that are.
 */
export function mathematicalSpans(
  blocks: readonly number[],
  at: (index: number) => string,
  question: string | null,
): (index: number) => boolean {
  const texts = new Map<number, string>();
  let length = 0;
  for (const [index, block] of blocks.entries()) {
    const text = at(index);
    length += text.length;
    texts.set(block, (texts.get(block) ?? '') + text);
  }
  const short = length < SHORT && isMathematical([...texts.values()].join(''));
  if (short || (question !== null && isMathematical(question))) return () => true;
  const found = new Set([...texts].flatMap(([block, text]) => (isMathematical(text) ? [block] : [])));
  return (index) => found.has(blocks[index] ?? -1);
}
