import { randomOf } from '../../src/engine/models/testing/random.contract.ts';
import { tinyTokens } from '../../src/engine/models/testing/tiny-tokenizer.contract.ts';
import { BLOCK_TOKENS } from '../../src/engine/ports.ts';

export interface Chain {
  readonly prompt: readonly number[];
  /** The first tokens of the answer; from then on it goes round. */
  readonly links: readonly number[];
}

const FIRST_TOKEN = 3;
const FILLERS = 70;
/** Each link is said so often, each time with another filler behind it: the link outvotes them. */
const TIMES = 3;
const PLACE_TOKENS = 3 * TIMES;
const PLACES_A_BLOCK = Math.floor((BLOCK_TOKENS - 1) / PLACE_TOKENS);

/**
 * A text in which an induction head hops from block to block, all over the context: where "a b" stands in one place, "b c"
 * stands in another. Each token of the answer needs the KV of a block of its own choice, so that whatever is lost, stale or
 * mixed up shows soon.
 * @param blocks whole blocks of KV that the prompt fills, but for one token
 */
export function chainPrompt(blocks: number, seed: number): Chain {
  const random = randomOf(seed);
  const tokens = shuffled(
    Array.from({ length: tinyTokens().length - FIRST_TOKEN }, (_, i) => FIRST_TOKEN + i),
    random,
  );
  const fillers = tokens.splice(0, FILLERS);
  const filler = (): number => fillers[Math.floor(random() * fillers.length)] ?? 0;
  const links = tokens.slice(0, blocks * PLACES_A_BLOCK);
  if (links.length < 2) throw new RangeError(`no chain in ${blocks} blocks`);
  const places = shuffled(
    links.map((link, i) => {
      const next = links[(i + 1) % links.length] ?? 0;
      return shuffled([...fillers], random)
        .slice(0, TIMES)
        .flatMap((other) => [link, next, other]);
    }),
    random,
  );
  const prompt: number[] = [];
  const each = Math.ceil(places.length / blocks);
  for (let block = 0; block < blocks; block++) {
    const text = [filler(), ...places.slice(block * each, (block + 1) * each).flat()];
    prompt.push(...text, ...Array.from({ length: BLOCK_TOKENS - text.length }, filler));
  }
  prompt[prompt.length - 1] = links[0] ?? 0;
  return { prompt, links: [...links.slice(1), links[0] ?? 0] };
}

/** The first `count` tokens of the answer to a chain. */
export function chainAnswer({ links }: Chain, count: number): number[] {
  return Array.from({ length: count }, (_, i) => links[i % links.length] ?? 0);
}

function shuffled<T>(items: T[], random: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a, b] = [items[i], items[j]];
    if (a === undefined || b === undefined) continue;
    items[i] = b;
    items[j] = a;
  }
  return items;
}
