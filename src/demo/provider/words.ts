import { sha256 } from '../../core/secret.ts';

/** Uniform in [0, 1), the same run of numbers for the same seed (mulberry32). */
export function seededRandom(seed: string): () => number {
  let state = Number.parseInt(sha256(seed).slice(0, 8), 16);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const WORDS = (
  'simulated answer tokens flow through the gateway and every one of them is counted while a patient ledger ' +
  'writes down what it cost so that nobody has to guess which feature team or prompt made the bill grow this week'
).split(' ');

/** Sentences of `words` words, the same for the same seed. */
export function sentences(seed: string, words: number): string {
  const random = seededRandom(seed);
  const picked = Array.from({ length: words }, () => WORDS[Math.floor(random() * WORDS.length)] ?? 'answer');
  const lines: string[] = [];
  for (let start = 0; start < picked.length; start += 12) {
    const line = picked.slice(start, start + 12).join(' ');
    lines.push(`${line.charAt(0).toUpperCase()}${line.slice(1)}.`);
  }
  return lines.join(' ');
}

/** Cuts a text into the pieces in which a provider would stream it: about two words each, nothing lost. */
export function pieces(text: string): string[] {
  const words = text.match(/\s*\S+\s*?(?=\s|$)|\s+/gu) ?? [];
  const cut: string[] = [];
  for (let start = 0; start < words.length; start += 2) cut.push(words.slice(start, start + 2).join(''));
  return cut;
}

const SLICE = 7;

/** Cuts JSON where a provider may: anywhere between two characters. */
export function slices(json: string): string[] {
  const characters = Array.from(json);
  const cut: string[] = [];
  for (let start = 0; start < characters.length; start += SLICE)
    cut.push(characters.slice(start, start + SLICE).join(''));
  return cut;
}
