import type { AddedTokens } from '../added-tokens.ts';

/** Unicode's noncharacters U+FDD0 to U+FDEF: never text, and no template looks for them. */
const MARKS = Array.from({ length: 32 }, (_, index) => String.fromCharCode(0xfdd0 + index));

/**
 * Keeps what users write from becoming special tokens in a rendered chat. A template turns messages to text, and
 * in that text a `<|im_end|>` of the template cannot be told from one in a message. So before rendering a mark is put
 * inside each special token that stands in a message, and behind a message's end that could be completed to one by
 * what follows; after rendering, special tokens are looked for, and then the marks are taken out of the rest.
 * (llama.cpp and vLLM read the rendered text with special tokens, those of the messages included.)
 * A template that deletes characters from inside a message could still join one; templates that only trim, slice
 * or split, as those in use do, cannot. All other text is rendered unchanged, so that templates find in it what they look for.
 */
export interface TextGuard {
  readonly mark: string;
  readonly protect: (text: string) => string;
}

/** @param texts all that will be protected. Null when they hold every mark there is, which no text does. */
export function textGuard(texts: readonly string[], special: AddedTokens): TextGuard | null {
  const mark = MARKS.find((candidate) => texts.every((text) => !text.includes(candidate)));
  if (mark === undefined) return null;
  return {
    mark,
    protect: (text) => {
      const cuts = special.starts(text).map((at) => at + 1);
      const trimmed = text.trimEnd();
      if (special.begunAtEnd(trimmed) > 0) cuts.push(trimmed.length);
      if (cuts.length === 0) return text;
      let out = '';
      let from = 0;
      for (const cut of cuts) {
        out += text.slice(from, cut) + mark;
        from = cut;
      }
      return out + text.slice(from);
    },
  };
}

/** Every text within a value of JSON, keys too, replaced. */
export function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, map));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [map(key), mapTexts(item, map)]));
}

export function textsOf(value: unknown, found: string[] = []): string[] {
  if (typeof value === 'string') found.push(value);
  else if (Array.isArray(value)) for (const item of value) textsOf(item, found);
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) {
      found.push(key);
      textsOf(item, found);
    }
  return found;
}
