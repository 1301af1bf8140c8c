import { countAll } from '../count-all.ts';
import type { Compressed, CompressOptions } from '../compress-texts.ts';
import { unitsOf } from '../pieces.ts';
import { type Kept, keptOf } from '../kept.ts';
import { type Word, wordsOf, writeWords } from './words.ts';
import type { WordModel } from './word-model.ts';

export interface CompressWordsOptions extends Omit<CompressOptions, 'scorer' | 'weights' | 'byQuestion'> {
  readonly words: WordModel;
}

interface Place {
  readonly text: number;
  readonly word: Word;
}

/**
 * Leaves out single words, those first that the model would keep least, until the texts fit in the share of tokens. What is
 * protected for sentences is kept here whole, and so are words with digits where numbers are protected.
 */
export async function compressWords(
  texts: readonly string[],
  options: CompressWordsOptions,
): Promise<Compressed> {
  const { tokens, model, protect, words: classifier } = options;
  const units = unitsOf(texts, !protect.has('code'));
  const held: Kept = await keptOf(texts, units, options);
  const { places, tails } = placesOf(texts, units, held, protect.has('numbers'));
  const before = await countAll(tokens, texts, model);
  const budget = Math.floor(options.keepRatio * before.total);
  const free = places.flatMap(({ word }, index) => (word.forced ? [] : [index]));
  const facts = (written: readonly string[], after: number, kept: number): Compressed => ({
    texts: written,
    tokensBefore: before.total,
    tokensAfter: after,
    exact: before.exact,
    spans: places.length,
    kept,
    protectedTokens: held.protectedTokens,
    question: held.question,
  });
  const whole = facts(texts, before.total, places.length);
  if (before.total <= budget || free.length === 0) return whole;

  const likely = await classifier.keep(
    free.map((index) => places[index]?.word.body ?? ''),
    options.signal,
  );
  const order = free
    .map((index, at) => ({ index, keep: likely[at] ?? 0 }))
    .sort((a, b) => b.keep - a.keep || a.index - b.index)
    .map(({ index }) => index);
  // No text is left without a word.
  const least = new Set<number>();
  for (const text of texts.keys()) {
    if (places.some((place) => place.text === text && place.word.forced)) continue;
    const best = order.find((index) => places[index]?.text === text);
    if (best !== undefined) least.add(best);
  }
  const written = (count: number): string[] => {
    const chosen = new Set([...order.slice(0, count), ...least]);
    return texts.map((_, text) => {
      const mine = places.flatMap((place, index) => (place.text === text ? [{ ...place, index }] : []));
      const kept = (at: number): boolean => {
        const place = mine[at];
        return place !== undefined && (place.word.forced || chosen.has(place.index));
      };
      return writeWords(
        mine.map(({ word }) => word),
        kept,
        tails[text] ?? '',
      );
    });
  };
  // The most words that fit: more words never take fewer tokens, but for a few at their seams.
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const { total } = await countAll(tokens, written(middle), model);
    if (total <= budget) low = middle;
    else high = middle - 1;
  }
  const result = written(low);
  const { total } = await countAll(tokens, result, model);
  return total < before.total
    ? facts(result, total, places.length - free.length + Math.max(low, least.size))
    : whole;
}

function placesOf(
  texts: readonly string[],
  units: ReturnType<typeof unitsOf>,
  held: Kept,
  digits: boolean,
): { places: Place[]; tails: string[] } {
  const places: Place[] = [];
  const tails: string[] = texts.map(() => '');
  for (const [index, { text, start, end }] of units.entries()) {
    const value = (tails[text] ?? '') + (texts[text] ?? '').slice(start, end);
    if (held.forced.has(index)) {
      const body = value.trim();
      const at = value.indexOf(body);
      if (body !== '') places.push({ text, word: { lead: value.slice(0, at), body, forced: true } });
      tails[text] = body === '' ? value : value.slice(at + body.length);
      continue;
    }
    const { words, tail } = wordsOf(value);
    for (const word of words)
      places.push({ text, word: { ...word, forced: digits && /\p{N}/u.test(word.body) } });
    tails[text] = tail;
  }
  return { places, tails };
}
