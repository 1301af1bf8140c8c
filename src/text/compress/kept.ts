import type { ProtectedKind } from '../../core/plan/compress.ts';
import type { TokenCounter } from '../../core/ports.ts';
import { countAll } from './count-all.ts';
import { mathematicalSpans } from './numbers.ts';
import { textOf, type Unit } from './pieces.ts';
import { type Reason, reasonToKeep } from './protect.ts';
import { findQuestion } from './question.ts';
import { turns } from './turns.ts';

export interface KeptOptions {
  readonly model: string;
  readonly tokens: TokenCounter;
  readonly question: string | null;
  readonly findsQuestion: boolean;
  readonly protect: ReadonlySet<ProtectedKind>;
}

/** What is kept in any case, and what the texts are judged by. */
export interface Kept {
  readonly forced: Set<number>;
  readonly protectedTokens: Readonly<Partial<Record<Reason, number>>>;
  readonly question: string | null;
  /** Tokens of each unit. */
  readonly each: readonly number[];
}

const NONE: ReadonlySet<number> = new Set();

export async function keptOf(
  texts: readonly string[],
  units: readonly Unit[],
  { model, tokens, protect, ...options }: KeptOptions,
): Promise<Kept> {
  const at = (index: number): string => textOf(texts, units, index);
  const asked = options.findsQuestion ? findQuestion(units, at) : { text: null, spans: NONE };
  const question = options.question ?? asked.text;
  const blocks = units.map(({ block }) => block);
  const protection = {
    kinds: protect,
    question: asked.spans,
    mathematical: mathematicalSpans(blocks, at, question),
  };
  const all = units.map((_, index) => at(index));
  const { each } = await countAll(tokens, all, model);
  const forced = new Set<number>();
  const protectedTokens: Partial<Record<Reason, number>> = {};
  const turn = turns();
  for (const [index, unit] of units.entries()) {
    if (turn.due()) await turn.next();
    const reason = reasonToKeep(unit, index, at(index), protection);
    if (reason === null) continue;
    protectedTokens[reason] = (protectedTokens[reason] ?? 0) + (each[index] ?? 0);
    for (const needed of [index, ...unit.needs]) forced.add(needed);
  }
  return { forced, protectedTokens, question, each };
}
