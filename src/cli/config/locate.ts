import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type Pair } from 'yaml';

export interface Place {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export type PathStep = string | number;

/**
 * Where in the text a path stands: at its key for an entry of a map, at the value for an element of a list. What is
 * missing is placed at the nearest thing around it.
 */
export function locate(document: Document, lines: LineCounter, path: readonly PathStep[]): Place | null {
  let node: unknown = document.contents;
  let offset = offsetOf(node);
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    const pair = isMap(node) ? node.items.find((item) => keyOf(item) === String(step)) : undefined;
    const element = isSeq(node) && typeof step === 'number' ? node.items[step] : undefined;
    if (!pair && element === undefined) break;
    offset = offsetOf(pair ? pair.key : element) ?? offset;
    node = pair ? pair.value : element;
  }
  if (offset === null) return null;
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

function offsetOf(node: unknown): number | null {
  const range = (node as Node | null | undefined)?.range;
  return range ? range[0] : null;
}
