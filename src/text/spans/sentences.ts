import type { Region } from './json-regions.ts';

/** Longer ones are cut, at white space or a comma where there is any. */
export const LONGEST_SENTENCE = 1_000;
const LEAST_CUT = 200;
const WINDOW = 4_096;

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
/** What ends in a full stop without ending a sentence. */
const ABBREVIATION =
  /(?:^|[\s("'“‘])(?:\p{Lu}|Mr|Mrs|Ms|Dr|Prof|Sr|Jr|St|Mt|vs|etc|e\.g|i\.e|cf|al|Fig|Eq|No|Nr|Vol|pp?|approx|ca|bzw|z\.B|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.\s*$/u;
const CONTINUES = /^["')\]”’]*[\p{Ll},;:–—]/u;
const ENDED = /[.!?。！？…:：;；]["')\]”’」』）]*\s*$/u;
const OPENING = /[「『（(［【“‘]/;
const QUOTED_ON = /[」』]$/;
const BRACKETS = [
  ['「', '」'],
  ['『', '』'],
  ['（', '）'],
] as const;

/**
 * Ends of the sentences of `text` between `from` and `to`, the last of them `to`. No sentence ends within one of the
 * `whole` regions, which are sorted.
 */
export function sentenceEnds(text: string, from: number, to: number, whole: readonly Region[]): number[] {
  const ends: number[] = [];
  let start = from;
  let region = 0;
  for (const boundary of boundaries(text, from, to)) {
    const end = boundary < to ? beforeOpening(text, start, boundary) : boundary;
    if (end <= start) continue;
    while (region < whole.length && (whole[region]?.end ?? 0) < end) region += 1;
    const inside = whole[region];
    if (end < to && inside && inside.start < end && end < inside.end) continue;
    if (end < to && goesOn(text, start, end, to)) continue;
    pushCut(text, start, end, ends, whole);
    start = end;
  }
  return ends;
}

/** Unicode's rules put an opening bracket behind a full stop to the sentence before. */
function beforeOpening(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && OPENING.test(text.charAt(at - 1))) at -= 1;
  return at;
}

/** The segmenter's time for one boundary grows with the length of its text, so it is shown a long one in windows. */
function* boundaries(text: string, from: number, to: number): Generator<number> {
  let start = from;
  while (start < to) {
    const windowEnd = Math.min(to, start + WINDOW);
    let end = start;
    for (const { index } of segmenter.segment(text.slice(start, windowEnd))) {
      if (index > 0) yield start + index;
      end = start + index;
    }
    // The last sentence of a window may go on behind it.
    if (end > start && windowEnd < to) {
      start = end;
      continue;
    }
    start = isLowSurrogate(text.charCodeAt(windowEnd)) && windowEnd < to ? windowEnd - 1 : windowEnd;
    yield start;
  }
}

/** Whether the sentence that seems to end here does not. */
function goesOn(text: string, start: number, end: number, to: number): boolean {
  if (end - start > LONGEST_SENTENCE) return false;
  const sentence = text.slice(start, end);
  const tail = sentence.slice(-24);
  if (ABBREVIATION.test(tail)) return true;
  if (BRACKETS.some(([open, close]) => isOpen(sentence, open, close))) return true;
  const following = text.slice(end, Math.min(to, end + 8));
  if (QUOTED_ON.test(tail) && /^(?:と|って|など|の|を|が|は|、)/.test(following)) return true;
  // A line that was wrapped, and not ended.
  return /[^\n]\n$/.test(tail) && !ENDED.test(tail) && CONTINUES.test(following);
}

function isOpen(text: string, open: string, close: string): boolean {
  return text.lastIndexOf(open) > text.lastIndexOf(close);
}

function pushCut(text: string, start: number, end: number, ends: number[], whole: readonly Region[]): void {
  if (ends.length > 0 && text.slice(start, end).trim() === '') {
    ends[ends.length - 1] = end;
    return;
  }
  let from = start;
  if (end - start > LONGEST_SENTENCE && whole.some((region) => region.start < end && start < region.end))
    return void ends.push(end);
  while (end - from > LONGEST_SENTENCE) {
    from = cutBefore(text, from, from + LONGEST_SENTENCE);
    ends.push(from);
  }
  ends.push(end);
}

/** The best place to cut at, no later than `limit`: after white space, after a comma, or else between two characters. */
function cutBefore(text: string, from: number, limit: number): number {
  for (const good of [/\s/, /[,;、，；]/]) {
    for (let at = limit; at > from + LEAST_CUT; at--)
      if (good.test(text.charAt(at - 1)) && !/\s/.test(text.charAt(at))) return at;
  }
  return isLowSurrogate(text.charCodeAt(limit)) ? limit - 1 : limit;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
