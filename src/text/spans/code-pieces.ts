import { type Block, lineEnd, quoteAfter } from './blocks.ts';
import { COMMENT, DEFINED_NAME, DEFINITION } from './code-lines.ts';
import { sentenceEnds } from './sentences.ts';
import type { Piece, SpanKind } from './span.ts';

const EXAMPLE =
  /^\s*(?:>>>|assert\b)|(?:==>?|=>|➞|->|→)\s*\S|^\s*(?:for\s+)?examples?\b|\b(?:e\.g\.|for example|for instance)/i;
const QUOTE_MARK = /^\s*(?:"""|''')/;
const EMPTY_EXAMPLE = /^\s*(?:(?:>>>|\.\.\.)\s?)?$/;

/** Code as lines, and its comments as sentences, so that those can be left out alone. */
export function codePieces(text: string, { kind, start, end }: Block): Piece[] {
  const names = new Set<string>();
  const pieces: Piece[] = [];
  let quote: string | null = null;
  let open = 0;
  let answering = false;
  let prose: number | null = null;
  const flush = (to: number): void => {
    if (prose === null) return;
    let from = prose;
    for (const cut of sentenceEnds(text, prose, to, [])) {
      pieces.push({ kind: 'code-comment', start: from, end: cut });
      from = cut;
    }
    prose = null;
  };
  for (let at = start; at < end; ) {
    const next = lineEnd(text, at);
    const line = text.slice(at, next);
    const first = pieces.length === 0 && prose === null;
    const inside: boolean = quote !== null;
    quote = quoteAfter(line, quote);
    const blank = line.trim() === '';
    const previous = pieces.at(-1);
    if (blank && !inside && open === 0 && prose === null && previous) {
      pieces[pieces.length - 1] = { ...previous, end: next };
      answering = false;
      at = next;
      continue;
    }
    const kindOfLine = ((): SpanKind => {
      if (kind === 'fence' && (first || (next === end && /^\s*(?:`{3,}|~{3,})\s*$/.test(line))))
        return 'code-mark';
      if (open > 0) return 'code-definition';
      if (inside || quote !== null || QUOTE_MARK.test(line)) {
        if (isExample(line, names)) return 'code-example';
        return answering && !blank && !QUOTE_MARK.test(line) ? 'code-example' : 'code-comment';
      }
      if (DEFINITION.test(line)) return 'code-definition';
      if (isExample(line, names) && (/^\s*(?:>>>|assert\b)/.test(line) || COMMENT.test(line)))
        return 'code-example';
      if (COMMENT.test(line)) return 'code-comment';
      return answering && !blank ? 'code-example' : 'code';
    })();
    if (kindOfLine === 'code-definition') {
      const name = DEFINED_NAME.exec(line)?.[1];
      if (name) names.add(name);
      open = Math.max(0, open + brackets(line));
    }
    answering = kindOfLine === 'code-example' && !blank;
    if (kindOfLine === 'code-comment') prose ??= at;
    else {
      flush(at);
      pieces.push({ kind: kindOfLine, start: at, end: next });
    }
    at = next;
  }
  flush(end);
  if (kind !== 'fence') return pieces;
  const marks = pieces.flatMap((piece, index) => (piece.kind === 'code-mark' ? [index] : []));
  return pieces.map((piece) => (piece.kind === 'code-mark' ? piece : { ...piece, needs: marks }));
}

function isExample(line: string, names: ReadonlySet<string>): boolean {
  if (EMPTY_EXAMPLE.test(line)) return false;
  if (EXAMPLE.test(line)) return true;
  for (const name of names) if (line.includes(`${name}(`)) return true;
  return false;
}

function brackets(line: string): number {
  let depth = 0;
  for (const character of line) {
    if (character === '(' || character === '[') depth += 1;
    else if (character === ')' || character === ']') depth -= 1;
  }
  return depth;
}
