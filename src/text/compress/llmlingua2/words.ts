/** A word with the white space before it. */
export interface Word {
  readonly lead: string;
  readonly body: string;
  /** Kept in any case. */
  readonly forced: boolean;
}

const WORD = /(\s*)(\S+)/gu;
/** A longer run without a space is cut, so that one word never fills the model's window. */
const LONGEST_WORD = 100;
const WITHOUT_SPACES = /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}]/u;
const segmenter = new Intl.Segmenter('ja', { granularity: 'word' });

/**
 * The words of a text; where words have no spaces between them, as a dictionary divides them. White space at the end of the
 * text belongs to no word: it comes last.
 */
export function wordsOf(text: string): { readonly words: Omit<Word, 'forced'>[]; readonly tail: string } {
  const words: Omit<Word, 'forced'>[] = [];
  let end = 0;
  for (const { 0: whole, 1: lead = '', 2: run = '', index } of text.matchAll(WORD)) {
    end = index + whole.length;
    for (const [at, body] of divided(run).entries()) words.push({ lead: at === 0 ? lead : '', body });
  }
  return { words, tail: text.slice(end) };
}

function divided(run: string): string[] {
  if (run.length > 1 && WITHOUT_SPACES.test(run)) {
    const pieces: string[] = [];
    for (let from = 0; from < run.length; ) {
      const to = boundary(run, from + 4 * LONGEST_WORD);
      for (const { segment } of segmenter.segment(run.slice(from, to))) pieces.push(segment);
      from = to;
    }
    return pieces;
  }
  const pieces: string[] = [];
  for (let from = 0; from < run.length; ) {
    const to = boundary(run, from + LONGEST_WORD);
    pieces.push(run.slice(from, to));
    from = to;
  }
  return pieces;
}

/** Not within a pair of surrogates. */
function boundary(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}

/**
 * The kept words, byte for byte and in their order. Where words were left out over a line break, the break stays.
 */
export function writeWords(words: readonly Word[], kept: (index: number) => boolean, tail: string): string {
  let written = '';
  let missed: string | null = null;
  for (const [index, { lead, body }] of words.entries()) {
    if (!kept(index)) {
      if (lead.includes('\n')) missed ??= lead;
      continue;
    }
    written += (lead.includes('\n') ? lead : (missed ?? lead)) + body;
    missed = null;
  }
  return written === '' ? '' : written + tail;
}
