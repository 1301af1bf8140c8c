import { splitSpans } from '../../text/spans/index.ts';

/** What MiniLM reads of a text: some 200 words. */
const LEAST_CHARACTERS = 300;
const MOST_CHARACTERS = 900;

/**
 * Cuts a document in passages at the ends of sentences, items and rows. Together they are the document, without blank
 * space at their ends. A heading stays with what follows it; a sentence longer than a passage is cut by length.
 */
export function cutPassages(text: string): string[] {
  const passages: string[] = [];
  let current = '';
  const end = (): void => {
    if (current.trim() !== '') passages.push(current.trim());
    current = '';
  };
  for (const { kind, start, end: stop } of splitSpans(text)) {
    const piece = text.slice(start, stop);
    const heading = kind === 'heading';
    if (current.length + piece.length > MOST_CHARACTERS || (heading && current.length >= LEAST_CHARACTERS))
      end();
    for (const part of byLength(piece)) {
      if (current.length + part.length > MOST_CHARACTERS) end();
      current += part;
    }
  }
  end();
  return passages;
}

function byLength(piece: string): string[] {
  const parts: string[] = [];
  for (let at = 0; at < piece.length; ) {
    let stop = Math.min(piece.length, at + MOST_CHARACTERS);
    // Not within a character of two halves.
    if (stop < piece.length && /[\uD800-\uDBFF]/.test(piece[stop - 1] ?? '')) stop -= 1;
    parts.push(piece.slice(at, stop));
    at = stop;
  }
  return parts;
}
