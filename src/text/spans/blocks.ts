import { COMMENT, isCodeLine } from './code-lines.ts';
import type { Region } from './json-regions.ts';

export type BlockKind = 'prose' | 'heading' | 'list' | 'table' | 'code' | 'fence' | 'json';

/** Neighbouring lines of one kind, with the blank lines behind them. Blocks tile the text behind its leading blank lines. */
export interface Block {
  readonly kind: BlockKind;
  readonly start: number;
  end: number;
}

/** A longer line is prose, whatever it looks like. */
const LONGEST_LINE = 10_000;
const BLANK = /^\s*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}#{1,6}\s+\S/;
export const LIST_ITEM = /^\s*(?:[-*+•・‣]\s+|\d{1,3}[.)]\s+|[(（]\d{1,3}[)）]\s*|[①-⑳])\S/;
const TABLE_ROW = /^\s*\|.*\|\s*$/;
const TABLE_RULE = /^\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*:?-*:?\s*\|?\s*$/;
const INDENTED = /^(?: {2,}|\t)\S/;

/** @param json the JSON of the text, sorted */
export function blocksOf(text: string, json: readonly Region[]): Block[] {
  const blocks: Block[] = [];
  let region = 0;
  let at = 0;
  let gap = true;
  const put = (kind: BlockKind, end: number): void => {
    blocks.push({ kind, start: at, end });
    at = end;
    gap = false;
  };
  const putProse = (end: number): void => {
    const last = blocks.at(-1);
    if (last?.kind !== 'prose' || gap) return put('prose', end);
    last.end = end;
    at = end;
  };
  while (at < text.length) {
    const end = lineEnd(text, at);
    const line = text.slice(at, end);
    const plain = line.length > LONGEST_LINE;
    const last = blocks.at(-1);
    while (region < json.length && (json[region]?.start ?? 0) < at) region += 1;
    const value = json[region];
    if (BLANK.test(line)) {
      if (last) last.end = end;
      gap = true;
      at = end;
      continue;
    }
    const fence = FENCE.exec(line)?.[1];
    const valueEnd = value && value.start < end ? lineEnd(text, value.end - 1) : 0;
    if (fence) put('fence', fenceEnd(text, end, fence));
    else if (
      value &&
      valueEnd > 0 &&
      BLANK.test(text.slice(at, value.start)) &&
      BLANK.test(text.slice(value.end, valueEnd))
    )
      put('json', valueEnd);
    else if (plain) putProse(end);
    else if (HEADING.test(line)) put('heading', end);
    else if (beginsTable(text, line, end)) put('table', tableEnd(text, end));
    else if (LIST_ITEM.test(line) && !isCodeLine(line)) put('list', listEnd(text, end));
    else if (isCodeLine(line)) put('code', codeEnd(text, at));
    else putProse(end);
  }
  return blocks;
}

/** Behind the line that `at` is in. */
export function lineEnd(text: string, at: number): number {
  const newline = text.indexOf('\n', at);
  return newline < 0 ? text.length : newline + 1;
}

/** An opening without its closing reaches to the end: nothing in it is taken for prose. */
function fenceEnd(text: string, from: number, fence: string): number {
  for (let at = from; at < text.length; ) {
    const end = lineEnd(text, at);
    const mark = FENCE.exec(text.slice(at, end))?.[1];
    if (mark && mark[0] === fence[0] && mark.length >= fence.length) return end;
    at = end;
  }
  return text.length;
}

function beginsTable(text: string, line: string, end: number): boolean {
  if (TABLE_ROW.test(line)) return true;
  return line.includes('|') && TABLE_RULE.test(text.slice(end, lineEnd(text, end)));
}

function tableEnd(text: string, from: number): number {
  return linesWhile(text, from, (line) => line.includes('|') && line.length <= LONGEST_LINE);
}

function listEnd(text: string, from: number): number {
  return linesWhile(text, from, (line) => LIST_ITEM.test(line) || INDENTED.test(line));
}

function linesWhile(text: string, from: number, belongs: (line: string) => boolean): number {
  let at = from;
  while (at < text.length) {
    const end = lineEnd(text, at);
    if (!belongs(text.slice(at, end))) break;
    at = end;
  }
  return at;
}

/** Code goes on over lines of code, comments, indented lines, and quoted text of more than one line. */
function codeEnd(text: string, from: number): number {
  let at = from;
  let end = from;
  let quote: string | null = null;
  while (at < text.length) {
    const next = lineEnd(text, at);
    const line = text.slice(at, next);
    const inside: boolean = quote !== null;
    quote = quoteAfter(line, quote);
    if (BLANK.test(line) && !inside) {
      at = next;
      continue;
    }
    if (!inside && !isCodeLine(line) && !INDENTED.test(line) && !COMMENT.test(line)) break;
    if (FENCE.test(line) && !inside) break;
    at = next;
    end = next;
  }
  return end;
}

const QUOTES = /"""|'''/g;

/** The triple quote that is open after a line. */
export function quoteAfter(line: string, before: string | null): string | null {
  let open = before;
  for (const [quote] of line.matchAll(QUOTES)) {
    if (open === null) open = quote;
    else if (open === quote) open = null;
  }
  return open;
}
