/** What a piece of a text is. */
export type SpanKind =
  | 'sentence'
  | 'heading'
  | 'list-item'
  | 'table-head'
  | 'table-row'
  | 'json'
  /** A whole piece of code, or one line of it. */
  | 'code'
  /** The opening or closing mark of a fence. */
  | 'code-mark'
  /** A function's or class's head, an import, a decorator. */
  | 'code-definition'
  | 'code-example'
  | 'code-comment';

/**
 * A piece of a text that is kept or left out as one. The spans of a text tile it: each begins where the one before ends,
 * white space belongs to the span before it, and no span ends within a character.
 */
export interface Span {
  readonly kind: SpanKind;
  /** In UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** Number of the paragraph, list, table or piece of code that it is part of. */
  readonly block: number;
  /** Indices of spans without which this one makes no sense, such as the head of its table. */
  readonly needs: readonly number[];
}

/** A span before its neighbours are known. */
export interface Piece {
  readonly kind: SpanKind;
  readonly start: number;
  readonly end: number;
  /** Indices among the pieces of the same block. */
  readonly needs?: readonly number[];
}
