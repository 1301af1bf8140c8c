import type { Message, Prompt } from '../../core/content.ts';
import type { ProtectedKind } from '../../core/plan/compress.ts';

/** Where a text stands in a prompt. */
export interface Place {
  readonly message: number;
  readonly content: number;
  /** Within the result of a tool; null outside. */
  readonly result: number | null;
}

/** Texts of one message that are compressed together. */
export interface Group {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly places: readonly Place[];
  readonly texts: readonly string[];
}

/**
 * The texts that may be compressed at all, by message. Each message is compressed by what it and those before it say, so
 * that the beginning of a conversation stays the same from turn to turn, and the provider's cache of it.
 */
export function groupsOf(prompt: Prompt, protect: ReadonlySet<ProtectedKind>): Group[] {
  const cachedTo = protect.has('cached') ? lastMark(prompt.messages) : null;
  return prompt.messages.flatMap((message, index) => {
    const groups = groupsOfMessage(message, index, protect);
    if (!cachedTo || index > cachedTo.message) return groups;
    if (index < cachedTo.message) return [];
    return groups
      .map((group) => only(group, ({ content }) => content > cachedTo.content))
      .filter(({ places }) => places.length > 0);
  });
}

function groupsOfMessage(message: Message, index: number, protect: ReadonlySet<ProtectedKind>): Group[] {
  switch (message.role) {
    case 'system':
      return protect.has('system') ? [] : [textsOf('system', message, index)].filter(hasText);
    case 'assistant': {
      // Signed thoughts and calls of tools stand among words that must not change.
      const bound = message.content.some(({ type }) => type === 'reasoning' || type === 'tool-call');
      return bound || protect.has('assistant') ? [] : [textsOf('assistant', message, index)].filter(hasText);
    }
    case 'user': {
      const results = protect.has('tool-results') ? [] : resultsOf(message, index);
      return [...results, textsOf('user', message, index)].filter(hasText);
    }
  }
}

function textsOf(role: Group['role'], message: Message, index: number): Group {
  const found = message.content.flatMap((content, at) =>
    content.type === 'text' && content.text !== ''
      ? [{ place: { message: index, content: at, result: null }, text: content.text }]
      : [],
  );
  return { role, places: found.map(({ place }) => place), texts: found.map(({ text }) => text) };
}

function resultsOf(message: Message, index: number): Group[] {
  return message.content.flatMap((content, at) => {
    if (content.type !== 'tool-result' || content.isError) return [];
    const found = content.content.flatMap((part, result) =>
      part.type === 'text' && part.text !== ''
        ? [{ place: { message: index, content: at, result }, text: part.text }]
        : [],
    );
    return [{ role: 'tool', places: found.map(({ place }) => place), texts: found.map(({ text }) => text) }];
  });
}

function hasText({ texts }: Group): boolean {
  return texts.length > 0;
}

function only({ role, places, texts }: Group, wanted: (place: Place) => boolean): Group {
  const kept = places.flatMap((place, index) => (wanted(place) ? [index] : []));
  return {
    role,
    places: kept.flatMap((index) => places[index] ?? []),
    texts: kept.flatMap((index) => texts[index] ?? []),
  };
}

function lastMark(messages: readonly Message[]): Omit<Place, 'result'> | null {
  for (let message = messages.length - 1; message >= 0; message--) {
    const content = messages[message]?.content ?? [];
    for (let at = content.length - 1; at >= 0; at--) {
      const part = content[at];
      if (part && 'cache' in part && part.cache !== undefined) return { message, content: at };
    }
  }
  return null;
}
