import { CallError } from '../../core/errors.ts';
import type { ProtectedKind } from '../../core/plan/compress.ts';
import type { TokenCounter } from '../../core/ports.ts';
import { countAll } from './count-all.ts';
import { render, textOf, type Unit, unitsOf } from './pieces.ts';
import { keptOf } from './kept.ts';
import type { Reason } from './protect.ts';
import { salience, type Weights, WEIGHTS } from './salience.ts';
import type { Scorer } from './scorer.ts';
import { select } from './select.ts';

/** Longer inputs are refused: their time would have no bound. */
export const MOST_SPANS = 20_000;
export const MOST_CHARS = 4_000_000;

export interface CompressOptions {
  /** Share of the tokens to keep, in (0, 1]. */
  readonly keepRatio: number;
  /** Whose tokens count. */
  readonly model: string;
  readonly tokens: TokenCounter;
  readonly scorer: Scorer;
  /** What the texts are to answer, when that is not in them; null: nothing is asked. */
  readonly question: string | null;
  /** Whether the texts themselves hold the question, which then is kept. */
  readonly findsQuestion: boolean;
  /** Whether spans are judged by the question at all. A summary is asked for, and not answered by a sentence. */
  readonly byQuestion?: boolean;
  readonly protect: ReadonlySet<ProtectedKind>;
  readonly weights?: Weights;
  readonly signal?: AbortSignal;
}

export interface Compressed {
  /** As many as were given, each with at least one of its spans. */
  readonly texts: readonly string[];
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  /** False where the model's own tokenizer is not public. */
  readonly exact: boolean;
  readonly spans: number;
  readonly kept: number;
  /** Tokens that were kept in any case, by reason. */
  readonly protectedTokens: Readonly<Partial<Record<Reason, number>>>;
  readonly question: string | null;
}

/**
 * Leaves out the least salient spans of the texts of one message, which are read as one, until they fit in the share of
 * tokens. What is kept is kept byte for byte and in its order. The same input gives the same output.
 * @throws CallError `unsupported` for more than {@link MOST_CHARS} characters or {@link MOST_SPANS} spans; what the scorer throws
 */
export async function compressTexts(texts: readonly string[], options: CompressOptions): Promise<Compressed> {
  const { model, tokens, protect } = options;
  if (texts.reduce((sum, text) => sum + text.length, 0) > MOST_CHARS)
    throw new CallError('unsupported', `more than ${MOST_CHARS} characters cannot be compressed at once`);
  const units = unitsOf(texts, !protect.has('code'));
  if (units.length > MOST_SPANS)
    throw new CallError('unsupported', `more than ${MOST_SPANS} spans cannot be compressed at once`);
  const at = (index: number): string => textOf(texts, units, index);
  const whole = await countAll(tokens, texts, model);
  const budget = Math.floor(options.keepRatio * whole.total);
  const { forced, protectedTokens, question, each } = await keptOf(texts, units, options);
  const result = (kept: ReadonlySet<number>, written: readonly string[], after: number): Compressed => ({
    texts: written,
    tokensBefore: whole.total,
    tokensAfter: after,
    exact: whole.exact,
    spans: units.length,
    kept: kept.size,
    protectedTokens,
    question,
  });
  const all = new Set(units.keys());
  if (whole.total <= budget || forced.size === units.length) return result(all, texts, whole.total);

  const features = await options.scorer.features(
    units.map((_, index) => at(index)),
    options.byQuestion === false ? null : question,
    options.signal,
  );
  const weights = options.weights ?? WEIGHTS[options.scorer.name];
  const scores = salience(units, features, weights);
  addBest(units, scores, forced);
  const order = await select({
    tokens: each,
    salience: scores,
    needs: units.map(({ needs }) => needs),
    similarity: (a, b) => features.similarity(a, b),
    novelty: weights.novelty,
    forced,
    budget,
  });
  const kept = new Set([...forced, ...order]);
  for (;;) {
    const written = render(texts, units, kept);
    const { total } = await countAll(tokens, written, model);
    if (total <= budget || order.length === 0)
      return total < whole.total ? result(kept, written, total) : result(all, texts, whole.total);
    // Tokens of spans need not add up to those of the text: the last chosen go again.
    for (let over = total - budget; over > 0 && order.length > 0; ) {
      const last = order.pop() ?? 0;
      kept.delete(last);
      over -= each[last] ?? 0;
    }
  }
}

/** No text is left without anything. */
function addBest(units: readonly Unit[], scores: readonly number[], forced: Set<number>): void {
  const best = new Map<number, number>();
  const served = new Set([...forced].map((index) => units[index]?.text));
  for (const [index, { text }] of units.entries()) {
    if (served.has(text)) continue;
    const before = best.get(text);
    if (before === undefined || (scores[index] ?? 0) > (scores[before] ?? 0)) best.set(text, index);
  }
  for (const index of best.values())
    for (const needed of [index, ...(units[index]?.needs ?? [])]) forced.add(needed);
}
