import type { ProtectedKind } from '../../core/plan/compress.ts';
import type { Span } from '../spans/index.ts';
import { hasNumber } from './numbers.ts';

/** Why a span is kept in any case. */
export type Reason = 'question' | 'json' | 'code' | 'numbers' | 'examples';

export interface Protection {
  readonly kinds: ReadonlySet<ProtectedKind>;
  readonly question: ReadonlySet<number>;
  /** Whether the span with this index stands in mathematical text. */
  readonly mathematical: (index: number) => boolean;
}

/** Why a span may not be left out; null when it may. */
export function reasonToKeep(
  { kind }: Span,
  index: number,
  text: string,
  { kinds, question, mathematical }: Protection,
): Reason | null {
  if (question.has(index)) return 'question';
  switch (kind) {
    case 'json':
      return kinds.has('json') ? 'json' : null;
    case 'code':
    case 'code-mark':
      return kinds.has('code') ? 'code' : null;
    // What a function is called with and what it gives is what its text is for, also where code may be cut.
    case 'code-definition':
    case 'code-example':
      return kinds.has('code') ? 'code' : kinds.has('examples') ? 'examples' : null;
    case 'code-comment':
      return kinds.has('code') ? 'code' : null;
    default:
      return kinds.has('numbers') && mathematical(index) && (hasNumber(text) || asks(text))
        ? 'numbers'
        : null;
  }
}

function asks(text: string): boolean {
  return /[?？]\s*$/.test(text);
}
