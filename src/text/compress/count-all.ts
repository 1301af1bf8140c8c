import type { TokenCounter } from '../../core/ports.ts';

/** The counter estimates what comes while too much is waiting, so not all is asked at once. */
const AT_ONCE = 64;

export interface Counts {
  readonly each: readonly number[];
  readonly total: number;
  readonly exact: boolean;
}

export async function countAll(
  counter: TokenCounter,
  texts: readonly string[],
  model: string,
): Promise<Counts> {
  const each: number[] = [];
  let exact = true;
  for (let from = 0; from < texts.length; from += AT_ONCE) {
    const counted = await Promise.all(
      texts.slice(from, from + AT_ONCE).map(async (text) => await counter.count(text, model)),
    );
    for (const count of counted) {
      each.push(count.tokens);
      exact &&= count.exact;
    }
  }
  return { each, total: each.reduce((sum, tokens) => sum + tokens, 0), exact };
}
