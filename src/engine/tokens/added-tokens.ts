import type { AddedTokenJson } from './tokenizer-json.ts';

export type Section =
  | { readonly kind: 'token'; readonly id: number }
  | { readonly kind: 'text'; readonly text: string };

interface Node {
  readonly next: Map<number, Node>;
  token: AddedTokenJson | null;
}

const WORD = /[\p{L}\p{N}_]/u;

/** Finds tokens that stand in a text as they are written: the leftmost first, the longest there. */
export class AddedTokens {
  readonly #root: Node = { next: new Map(), token: null };
  readonly size: number;

  constructor(tokens: readonly AddedTokenJson[], written: (token: AddedTokenJson) => string = contentOf) {
    this.size = tokens.length;
    for (const token of tokens) {
      const text = written(token);
      if (text === '') continue;
      let node = this.#root;
      for (let at = 0; at < text.length; at++) node = child(node, text.charCodeAt(at));
      node.token = token;
    }
  }

  /** Where in the text any of the tokens begins, also within one another. */
  starts(text: string): number[] {
    const found: number[] = [];
    for (let at = 0; at < text.length; at++) if (this.#longest(text, at)) found.push(at);
    return found;
  }

  /** How long the longest end of the text is that begins one of the tokens without being all of it. */
  begunAtEnd(text: string): number {
    for (let at = Math.max(0, text.length - 256); at < text.length; at++) {
      let node: Node | undefined = this.#root;
      for (let to = at; node && to < text.length; to++) node = node.next.get(text.charCodeAt(to));
      if (node && node.next.size > 0) return text.length - at;
    }
    return 0;
  }

  /** The text cut at its tokens; no empty texts. */
  split(text: string): Section[] {
    if (this.size === 0) return text === '' ? [] : [{ kind: 'text', text }];
    const sections: Section[] = [];
    let start = 0;
    let stripNext = false;
    const pushText = (to: number, strip: boolean): void => {
      let part = text.slice(start, to);
      if (stripNext) part = part.trimStart();
      if (strip) part = part.trimEnd();
      if (part !== '') sections.push({ kind: 'text', text: part });
    };
    for (let at = 0; at < text.length; ) {
      const match = this.#longest(text, at);
      if (!match) {
        at++;
        continue;
      }
      pushText(at, match.token.lstrip);
      sections.push({ kind: 'token', id: match.token.id });
      stripNext = match.token.rstrip;
      at = match.end;
      start = at;
    }
    pushText(text.length, false);
    return sections;
  }

  #longest(text: string, from: number): { token: AddedTokenJson; end: number } | null {
    let node = this.#root.next.get(text.charCodeAt(from));
    let found: { token: AddedTokenJson; end: number } | null = null;
    for (let at = from + 1; node; at++) {
      if (node.token && (!node.token.single_word || standsAlone(text, from, at)))
        found = { token: node.token, end: at };
      node = at < text.length ? node.next.get(text.charCodeAt(at)) : undefined;
    }
    return found;
  }
}

function child(node: Node, unit: number): Node {
  const known = node.next.get(unit);
  if (known) return known;
  const made: Node = { next: new Map(), token: null };
  node.next.set(unit, made);
  return made;
}

function standsAlone(text: string, from: number, to: number): boolean {
  return !WORD.test(text.slice(Math.max(0, from - 1), from)) && !WORD.test(text.slice(to, to + 1));
}

function contentOf({ content }: AddedTokenJson): string {
  return content;
}
