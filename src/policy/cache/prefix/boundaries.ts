import { hash } from 'node:crypto';
import type { Message, Prompt } from '../../../core/content.ts';
import { canonical } from '../exact/canonical.ts';

/** Where a beginning of a prompt may end. */
export interface Boundary {
  readonly kind: 'tools' | 'system' | 'history';
  /** The last message inside; -1 for the end of the tools. */
  readonly message: number;
  /** Names everything up to here, for this tenant and target. */
  readonly hash: string;
  /** A rough count, by the bytes of the JSON. */
  readonly tokens: number;
}

const BYTES_A_TOKEN = 4;

/** The ends of tools, of the system messages at the front, and of each message after them, in their order. */
export function boundariesOf(prompt: Prompt, owner: string): readonly Boundary[] {
  const { messages, tools } = prompt;
  const found: Boundary[] = [];
  let at = hash('sha256', owner);
  let bytes = 0;
  const add = (text: string): void => {
    at = hash('sha256', at + text);
    bytes += Buffer.byteLength(text);
  };
  const end = (kind: Boundary['kind'], message: number): void => {
    found.push({ kind, message, hash: at, tokens: Math.floor(bytes / BYTES_A_TOKEN) });
  };
  if (tools.length > 0) {
    add(canonical(tools));
    end('tools', -1);
  }
  const lead = leadingSystem(messages);
  messages.forEach((message, index) => {
    add(canonical(message));
    if (index >= lead) end('history', index);
    else if (index === lead - 1) end('system', index);
  });
  return found;
}

/** Whether the client marks its beginnings by itself. */
export function hasMarks({ messages, tools }: Prompt): boolean {
  return (
    tools.some(({ cache }) => cache !== undefined) ||
    messages.some(({ content }) => content.some((piece) => 'cache' in piece && piece.cache !== undefined))
  );
}

function leadingSystem(messages: readonly Message[]): number {
  const first = messages.findIndex(({ role }) => role !== 'system');
  return first < 0 ? messages.length : first;
}
