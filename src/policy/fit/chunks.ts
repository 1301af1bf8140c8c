import { setImmediate as others } from 'node:timers/promises';
import { splitSpans } from '../../text/spans/index.ts';

/** A text is cut in spans of so many UTF-16 units at once; other calls go on in between. */
const STRETCH = 32_768;
/** Parts are made a little shorter than they may be, as their tokens are counted only afterwards. */
const SLACK = 0.95;
const MOST_HALVINGS = 24;

/**
 * Cuts a text in parts of at most so many tokens, at the borders of sentences, items, rows and pieces of code where that
 * is possible. The parts joined are the text, byte for byte.
 * @param count tokens of a text
 */
export async function partsOf(
  text: string,
  mostTokens: number,
  count: (text: string) => Promise<number>,
): Promise<string[]> {
  const total = await count(text);
  if (total <= mostTokens) return text === '' ? [] : [text];
  const ends = await spanEnds(text);
  const cut = async (from: number, to: number, tokens: number, depth: number): Promise<string[]> => {
    if (tokens <= mostTokens || depth > MOST_HALVINGS) return [text.slice(from, to)];
    const pieces = Math.max(2, Math.ceil(tokens / (mostTokens * SLACK)));
    const borders = bordersOf(text, ends, from, to, pieces);
    const parts: string[] = [];
    let start = from;
    for (const end of [...borders, to]) {
      const counted = await count(text.slice(start, end));
      // What cannot be cut any more stays as it is.
      parts.push(
        ...(start === from && end === to
          ? [text.slice(from, to)]
          : await cut(start, end, counted, depth + 1)),
      );
      start = end;
    }
    return parts;
  };
  return await cut(0, text.length, total, 0);
}

/** Where the text may be cut, near the borders of so many pieces of the same length. */
function bordersOf(
  text: string,
  ends: readonly number[],
  from: number,
  to: number,
  pieces: number,
): number[] {
  const borders: number[] = [];
  let last = from;
  for (let piece = 1; piece < pieces; piece++) {
    const wanted = from + Math.round(((to - from) * piece) / pieces);
    const near = atOrBefore(ends, wanted);
    // A span longer than half a piece is cut within.
    const border =
      near > last && wanted - near <= (to - from) / pieces / 2 ? near : wholeCharacter(text, wanted);
    if (border > last && border < to) {
      borders.push(border);
      last = border;
    }
  }
  return borders;
}

async function spanEnds(text: string): Promise<number[]> {
  const ends: number[] = [];
  for (let from = 0; from < text.length; ) {
    const to = stretchEnd(text, from);
    for (const { end } of splitSpans(text.slice(from, to))) ends.push(from + end);
    from = to;
    await others();
  }
  return ends;
}

function stretchEnd(text: string, from: number): number {
  const most = from + STRETCH;
  if (most >= text.length) return text.length;
  const paragraph = text.lastIndexOf('\n\n', most);
  return paragraph > from + STRETCH / 2 ? paragraph + 2 : wholeCharacter(text, most);
}

function atOrBefore(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return sorted[low - 1] ?? 0;
}

function wholeCharacter(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}
