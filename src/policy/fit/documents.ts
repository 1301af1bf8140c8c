import type { Message, Prompt, TextContent } from '../../core/content.ts';
import { splitSpans } from '../../text/spans/index.ts';
import { overheadOf } from './measure.ts';
import type { Task } from './way.ts';

/** Where a text stands in a prompt; `result` within a tool's result. */
interface Place {
  readonly message: number;
  readonly content: number;
  readonly result: number | null;
}

interface Placed {
  readonly place: Place;
  readonly text: string;
}

interface Document {
  readonly place: Place;
  /** An instruction or question before the text proper, and after it; both stay as they are. */
  readonly head: string;
  readonly body: string;
  readonly tail: string;
}

/** The long texts of a prompt, and what is asked of them. */
export interface Documents {
  readonly all: readonly Document[];
  readonly question: string;
  /** Tokens of the prompt without them. */
  readonly restTokens: number;
}

const LEAST_DOCUMENT_CHARS = 2000;
const MOST_HEAD_CHARS = 1000;
const MOST_TAIL_CHARS = 2000;
/** What the rest of a prompt may take of the room, so that notes find a place in it. */
const MOST_REST = 0.7;

/**
 * The longest texts of users and tools, as few as must be shortened to make the prompt fit. Null when the prompt would be
 * too long without any of them.
 */
export async function documentsOf({ prompt, before, goal, measures }: Task): Promise<Documents | null> {
  const places = textsOf(prompt).sort((a, b) => b.text.length - a.text.length);
  const chosen: Placed[] = [];
  let restTokens = before.tokens;
  for (const each of places) {
    if (restTokens <= goal.promptTokens * MOST_REST) break;
    if (each.text.length < LEAST_DOCUMENT_CHARS) return null;
    chosen.push(each);
    restTokens = Math.max(
      overheadOf(prompt),
      restTokens - (await measures.countText(each.text, goal.target.model)).tokens,
    );
  }
  if (chosen.length === 0 || restTokens > goal.promptTokens * MOST_REST) return null;
  const last = prompt.messages.findLastIndex(({ role, content }) => role === 'user' && hasText(content));
  const all = chosen.map(({ place, text }) => ({
    place,
    ...framed(text, place.message === last && place.result === null),
  }));
  all.sort((a, b) => order(a.place, b.place));
  return { all, question: questionOf(prompt, last, all), restTokens };
}

/** The prompt with notes in place of its documents. */
export function withNotes(prompt: Prompt, documents: readonly Document[], notes: string): Prompt {
  const texts = new Map(
    documents.map(({ place, head, tail }, index) => [
      keyOf(place),
      head + (index === 0 ? notes : '[This text was too long as well; the notes above cover it.]') + tail,
    ]),
  );
  const messages = prompt.messages.map((message, at): Message => {
    if (message.role !== 'user') return message;
    const content = message.content.map((part, index) => {
      if (part.type === 'text')
        return replaced(part, texts.get(keyOf({ message: at, content: index, result: null })));
      if (part.type !== 'tool-result') return part;
      const inner = part.content.map((result, position) =>
        result.type === 'text'
          ? replaced(result, texts.get(keyOf({ message: at, content: index, result: position })))
          : result,
      );
      return { ...part, content: inner };
    });
    return { ...message, content };
  });
  return { ...prompt, messages };
}

function replaced(content: TextContent, text: string | undefined): TextContent {
  return text === undefined ? content : { ...content, text };
}

function textsOf({ messages }: Prompt): Placed[] {
  return messages.flatMap((message, at): Placed[] => {
    if (message.role !== 'user') return [];
    return message.content.flatMap((part, index): Placed[] => {
      const place: Place = { message: at, content: index, result: null };
      if (part.type === 'text') return [{ place, text: part.text }];
      if (part.type !== 'tool-result') return [];
      return part.content.flatMap((inner, result): Placed[] =>
        inner.type === 'text' ? [{ place: { ...place, result }, text: inner.text }] : [],
      );
    });
  });
}

function hasText(content: Message['content']): boolean {
  return content.some(({ type }) => type === 'text');
}

/** In the last message of the user, what is asked may stand before or after the text in one piece with it. */
function framed(text: string, asks: boolean): { head: string; body: string; tail: string } {
  if (!asks) return { head: '', body: text, tail: '' };
  const spans = splitSpans(text.slice(-2 * MOST_TAIL_CHARS));
  const offset = Math.max(0, text.length - 2 * MOST_TAIL_CHARS);
  const paragraph = text.trimEnd().lastIndexOf('\n\n') + 2;
  const sentence = offset + (spans.at(-1)?.start ?? 0);
  const tailAt = paragraph > 1 && text.length - paragraph <= MOST_TAIL_CHARS ? paragraph : sentence;
  const tail = text.length - tailAt <= MOST_TAIL_CHARS ? tailAt : text.length;
  const first = text.indexOf('\n\n') + 2;
  const head = first > 1 && first <= MOST_HEAD_CHARS && first < tail ? first : 0;
  return { head: text.slice(0, head), body: text.slice(head, tail), tail: text.slice(tail) };
}

function questionOf({ messages }: Prompt, last: number, documents: readonly Document[]): string {
  const message = messages[last];
  if (message?.role !== 'user') return '';
  const texts = message.content.flatMap((part, index) => {
    if (part.type !== 'text') return [];
    const document = documents.find(
      ({ place }) => place.message === last && place.content === index && place.result === null,
    );
    return document ? [document.head, document.tail] : [part.text];
  });
  return texts
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .join('\n\n');
}

function keyOf({ message, content, result }: Place): string {
  return `${message}.${content}.${result ?? ''}`;
}

function order(a: Place, b: Place): number {
  return a.message - b.message || a.content - b.content || (a.result ?? 0) - (b.result ?? 0);
}
