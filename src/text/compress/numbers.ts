const NUMBER =
  /\p{N}|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fifteen|twenty|thirty|forty|fifty|sixty|hundred|thousand|million|dozen|half|halves|third|quarter|twice|thrice|double|triple|percent|both|couple|pair)s?\b|[〇一二三四五六七八九十百千万億半]/iu;
const NUMBERS = /\p{N}+(?:[.,]\p{N}+)*/gu;
const CALCULATING =
  /\b(?:how (?:many|much|long|far|old|fast)|calculate|compute|solve|simplify|evaluate|integral|derivative|equation|prove|probability|what is the (?:sum|total|value|product|difference|average|area|ratio|remainder|least|greatest))\b|いくつ|何(?:個|人|円|本|枚|分|時間|メートル|cm|km)|求めよ|求めなさい|計算|方程式|合計/i;
const FORMULA =
  /\\(?:frac|sqrt|sum|int|cdot|times)\b|\$[^$\n]{1,200}[=^+][^$\n]{0,200}\$|\p{N}\s*[=+*×÷/^]\s*\p{N}/u;

/** Whether a text holds a number, in digits or in words. */
export function hasNumber(text: string): boolean {
  return NUMBER.test(text);
}

/** Whether a text is a problem to calculate: it asks for that, and has numbers to do it with. */
export function isMathematical(text: string): boolean {
  const numbers = text.match(NUMBERS)?.length ?? 0;
  if (numbers < 2) return false;
  const dense = numbers / Math.max(1, text.length / 100) >= 0.5;
  return (dense && CALCULATING.test(text)) || FORMULA.test(text);
}
