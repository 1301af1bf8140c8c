import type { Part } from '../../core/part.ts';
import { type JsonProgress, jsonProgress } from './json-progress.ts';

/**
 * Puts the deltas of a stream into blocks that open and close one after the other, although a provider may interleave
 * its tool calls. The first block in line is passed on as it comes; the others wait until that one is whole.
 * `key` is the provider's way to say which block a delta belongs to; a new key opens a block.
 */
export interface BlockQueue {
  text(key: string, text: string): Part[];
  reasoning(key: string, text: string): Part[];
  toolCall(key: string, call: { readonly id: string; readonly name: string }, argumentsText: string): Part[];
  /** Whether a block of that key is open or in line. */
  has(key: string): boolean;
  /** Gives the block of that key a signature, which is told at its end. */
  sign(key: string, signature: string): void;
  /** Gives the reasoning block of that key its hidden thoughts, told at its end. */
  redact(key: string, redacted: string): void;
  /** Tells that a block is whole. */
  close(key: string): Part[];
  /** Ends every block. */
  end(): Part[];
}

type Kind = { readonly type: 'text' | 'reasoning' } | { readonly type: 'tool-call'; readonly name: string };

interface Block {
  readonly key: string;
  readonly id: string;
  readonly kind: Kind;
  readonly progress: JsonProgress;
  /** Text that came before the block's turn. */
  waiting: string;
  isClosed: boolean;
  signature?: string;
  redacted?: string;
}

export function blockQueue(): BlockQueue {
  const line: Block[] = [];
  let opened = 0;

  const find = (key: string): Block | undefined => line.findLast((block) => block.key === key);

  const advance = (mayEnd: (block: Block, othersWait: boolean) => boolean): Part[] => {
    const parts: Part[] = [];
    for (let head = line[0]; head && mayEnd(head, line.length > 1); head = line[0]) {
      parts.push(endOf(head));
      line.shift();
      const next = line[0];
      if (next) parts.push(startOf(next), ...deltaOf(next, next.waiting));
    }
    return parts;
  };

  const add = (key: string, text: string, kind: Kind, id: string | null): Part[] => {
    const parts: Part[] = [];
    let block = find(key);
    if (!block) {
      block = {
        key,
        id: id ?? `${kind.type}-${opened++}`,
        kind,
        progress: jsonProgress(),
        waiting: '',
        isClosed: false,
      };
      line.push(block);
      if (line.length === 1) parts.push(startOf(block));
    }
    if (kind.type === 'tool-call') block.progress.push(text);
    if (line[0] === block) parts.push(...deltaOf(block, text));
    else block.waiting += text;
    return [...parts, ...advance(isWhole)];
  };

  return {
    text: (key, text) => add(key, text, { type: 'text' }, null),
    reasoning: (key, text) => add(key, text, { type: 'reasoning' }, null),
    toolCall: (key, { id, name }, text) => add(key, text, { type: 'tool-call', name }, id),
    has: (key) => find(key) !== undefined,
    sign(key, signature) {
      const block = find(key);
      if (block) block.signature = signature;
    },
    redact(key, redacted) {
      const block = find(key);
      if (block) block.redacted = redacted;
    },
    close(key) {
      const block = find(key);
      if (block) block.isClosed = true;
      return advance(isWhole);
    },
    end: () => advance(() => true),
  };
}

/** Text and thoughts end when something else begins; a tool call only with its last brace, for more may come. */
function isWhole(block: Block, othersWait: boolean): boolean {
  return block.isClosed || (othersWait && (block.kind.type !== 'tool-call' || block.progress.isWhole()));
}

function startOf({ id, kind }: Block): Part {
  return kind.type === 'tool-call'
    ? { type: 'tool-call-start', id, name: kind.name }
    : { type: `${kind.type}-start`, id };
}

function deltaOf({ id, kind }: Block, text: string): Part[] {
  if (text === '') return [];
  if (kind.type === 'tool-call') return [{ type: 'tool-call-delta', id, arguments: text }];
  return [{ type: `${kind.type}-delta`, id, text }];
}

function endOf({ id, kind, signature, redacted }: Block): Part {
  if (kind.type === 'text') return { type: 'text-end', id };
  const signed = signature === undefined ? {} : { signature };
  if (kind.type === 'tool-call') return { type: 'tool-call-end', id, ...signed };
  return { type: 'reasoning-end', id, ...signed, ...(redacted !== undefined && { redacted }) };
}
