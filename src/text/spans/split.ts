import { type Block, blocksOf, lineEnd, LIST_ITEM } from './blocks.ts';
import { codePieces } from './code-pieces.ts';
import { jsonRegions, type Region } from './json-regions.ts';
import { sentenceEnds } from './sentences.ts';
import type { Piece, Span } from './span.ts';

export interface SplitOptions {
  /** Cut code in lines and comments; else a piece of code is one span. */
  readonly insideCode?: boolean;
}

const TABLE_RULE = /^\s*\|?[\s:|-]*-[\s:|-]*$/;

/** Splits a text in sentences, items of lists, rows of tables, pieces of code and values of JSON. */
export function splitSpans(text: string, { insideCode = false }: SplitOptions = {}): Span[] {
  if (text === '') return [];
  const json = jsonRegions(text);
  const spans: Span[] = [];
  let region = 0;
  for (const [number, block] of blocksOf(text, json).entries()) {
    while (region < json.length && (json[region]?.end ?? 0) <= block.start) region += 1;
    const inside = regionsWithin(json, region, block.end);
    const first = spans.length;
    for (const { kind, start, end, needs = [] } of piecesOf(text, block, inside, insideCode))
      spans.push({ kind, start, end, block: number, needs: needs.map((index) => first + index) });
  }
  const [leading] = spans;
  if (!leading) return [{ kind: 'sentence', start: 0, end: text.length, block: 0, needs: [] }];
  spans[0] = { ...leading, start: 0 };
  return spans;
}

function piecesOf(text: string, block: Block, json: readonly Region[], insideCode: boolean): Piece[] {
  const { kind, start, end } = block;
  switch (kind) {
    case 'prose':
      return withJson(start, sentenceEnds(text, start, end, json), json);
    case 'heading':
      return [{ kind: 'heading', start, end }];
    case 'json':
      return [{ kind: 'json', start, end }];
    case 'list':
      return itemPieces(text, block, json);
    case 'table':
      return tablePieces(text, block);
    case 'code':
    case 'fence':
      return insideCode ? codePieces(text, block) : [{ kind: 'code', start, end }];
  }
}

/** A sentence around JSON is as untouchable as the JSON. */
function withJson(from: number, ends: readonly number[], json: readonly Region[]): Piece[] {
  let region = 0;
  let start = from;
  return ends.map((end) => {
    while (region < json.length && (json[region]?.end ?? 0) <= start) region += 1;
    const value = json[region];
    const piece: Piece = { kind: value && value.start < end ? 'json' : 'sentence', start, end };
    start = end;
    return piece;
  });
}

function itemPieces(text: string, { start, end }: Block, json: readonly Region[]): Piece[] {
  const ends: number[] = [];
  let region = 0;
  for (let at = start; at < end; ) {
    const next = Math.min(end, lineEnd(text, at));
    while (region < json.length && (json[region]?.end ?? 0) < next) region += 1;
    const value = json[region];
    const within = value !== undefined && value.start < next && next < value.end;
    if (next === end || (!within && LIST_ITEM.test(text.slice(next, lineEnd(text, next))))) ends.push(next);
    at = next;
  }
  return withJson(start, ends, json).map((piece) =>
    piece.kind === 'json' ? piece : { ...piece, kind: 'list-item' },
  );
}

function tablePieces(text: string, { start, end }: Block): Piece[] {
  const headEnd = Math.min(end, lineEnd(text, start));
  const second = text.slice(headEnd, Math.min(end, lineEnd(text, headEnd)));
  const ruled = second !== '' && TABLE_RULE.test(second);
  const head: Piece = { kind: 'table-head', start, end: ruled ? headEnd + second.length : headEnd };
  const pieces: Piece[] = [head];
  for (let at = head.end; at < end; ) {
    let next = Math.min(end, lineEnd(text, at));
    // Blank lines behind the table belong to its last row.
    if (text.slice(next, end).trim() === '') next = end;
    pieces.push({ kind: 'table-row', start: at, end: next, needs: [0] });
    at = next;
  }
  return pieces;
}

function regionsWithin(json: readonly Region[], from: number, end: number): readonly Region[] {
  let to = from;
  while (to < json.length && (json[to]?.start ?? 0) < end) to += 1;
  return json.slice(from, to);
}
