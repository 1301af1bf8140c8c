import type { Message, TextContent } from '../../core/content.ts';
import type { Warnings } from '../wire/warnings.ts';

type UserContent = Extract<Message, { role: 'user' }>['content'][number];
type AssistantContent = Extract<Message, { role: 'assistant' }>['content'][number];

/** A piece of content with its place in the prompt, for messages to people: `messages[3].content[0]`. */
export interface Placed<C> {
  readonly content: C;
  readonly path: string;
}

export type Turn =
  | { readonly role: 'user'; readonly content: readonly Placed<UserContent>[] }
  | { readonly role: 'assistant'; readonly content: readonly Placed<AssistantContent>[] };

/** A conversation in the form of APIs that have one system prompt at the front and alternating turns after it. */
export interface Turns {
  readonly system: readonly TextContent[];
  readonly turns: readonly Turn[];
}

/**
 * Messages of one role in a row become one turn, in which tool results come first: they answer the turn before.
 * System messages at the front become the system prompt. One in the middle keeps its place and becomes user text between
 * `<system>` tags, so does the last one when nothing but system messages is there; each with a warning.
 */
export function turnsOf(messages: readonly Message[], title: string, warnings: Warnings): Turns {
  const start = messages.findIndex((message) => message.role !== 'system');
  if (start === -1) return systemAlone(messages, title, warnings);
  const system = messages.slice(0, start).flatMap(textsOf);
  const turns: Turn[] = [];
  let folded = false;
  for (const [index, message] of messages.entries()) {
    if (index < start) continue;
    if (message.role === 'system') folded = true;
    append(turns, turnOf(message, `messages[${index}]`));
  }
  if (folded)
    warnings.add(
      `system messages after the first turn: ${title} takes none there, sent as user text in <system> tags`,
    );
  return { system, turns: turns.map(resultsFirst) };
}

function systemAlone(messages: readonly Message[], title: string, warnings: Warnings): Turns {
  const texts = messages.flatMap(textsOf);
  if (texts.length === 0) return { system: [], turns: [] };
  warnings.add(`system messages: ${title} needs a user turn, so they are sent as one`);
  const content = texts.map((content, index) => ({ content, path: `messages[0].content[${index}]` }));
  return { system: [], turns: [{ role: 'user', content }] };
}

function textsOf(message: Message): readonly TextContent[] {
  return message.role === 'system' ? message.content : [];
}

function turnOf(message: Message, path: string): Turn {
  if (message.role === 'system') return { role: 'user', content: placed(message.content.map(tagged), path) };
  return message.role === 'user'
    ? { role: 'user', content: placed(message.content, path) }
    : { role: 'assistant', content: placed(message.content, path) };
}

function tagged(content: TextContent): TextContent {
  return content.text.trim() === '' ? content : { ...content, text: `<system>\n${content.text}\n</system>` };
}

function placed<C>(content: readonly C[], path: string): Placed<C>[] {
  return content.map((content, index) => ({ content, path: `${path}.content[${index}]` }));
}

function append(turns: Turn[], turn: Turn): void {
  const last = turns.at(-1);
  if (last?.role === 'user' && turn.role === 'user')
    turns[turns.length - 1] = { role: 'user', content: [...last.content, ...turn.content] };
  else if (last?.role === 'assistant' && turn.role === 'assistant')
    turns[turns.length - 1] = { role: 'assistant', content: [...last.content, ...turn.content] };
  else turns.push(turn);
}

function resultsFirst(turn: Turn): Turn {
  if (turn.role === 'assistant') return turn;
  const isResult = ({ content }: Placed<UserContent>): boolean => content.type === 'tool-result';
  const results = turn.content.filter(isResult);
  if (results.length === 0) return turn;
  return { role: 'user', content: [...results, ...turn.content.filter((piece) => !isResult(piece))] };
}
