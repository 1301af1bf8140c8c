import type { MediaContent, ReasoningContent, TextContent, ToolCallContent } from './content.ts';
import type { AnswerLogprobs, TokenLogprob } from './logprobs.ts';
import type { FinishPart, Part, UsagePart } from './part.ts';

export type AnswerContent = TextContent | MediaContent | ReasoningContent | ToolCallContent;

/** A whole answer: what a non-streaming client gets. */
export interface Answer {
  readonly content: readonly AnswerContent[];
  readonly usage: UsagePart | null;
  readonly finish: FinishPart;
  readonly logprobs?: AnswerLogprobs;
}

/** Folds typed parts into the whole answer. Relayed (`wire`) bytes have no content to fold and are skipped. */
export function answerOf(parts: Iterable<Part>): Answer {
  const open = new Map<string, AnswerContent>();
  const order: string[] = [];
  const loose: Answer['content'][number][] = [];
  const tokens: TokenLogprob[] = [];
  let mean: number | undefined;
  let usage: UsagePart | null = null;
  let finish: FinishPart = { type: 'finish', reason: 'other' };
  const put = (id: string, content: AnswerContent): void => {
    if (!open.has(id)) order.push(id);
    open.set(id, content);
  };
  for (const part of parts) {
    switch (part.type) {
      case 'text-start':
        put(part.id, { type: 'text', text: '' });
        break;
      case 'text-delta': {
        const block = open.get(part.id);
        if (block?.type === 'text') put(part.id, { ...block, text: block.text + part.text });
        break;
      }
      case 'reasoning-start':
        put(part.id, { type: 'reasoning', text: '' });
        break;
      case 'reasoning-delta': {
        const block = open.get(part.id);
        if (block?.type === 'reasoning') put(part.id, { ...block, text: block.text + part.text });
        break;
      }
      case 'reasoning-end': {
        const block = open.get(part.id);
        if (block?.type !== 'reasoning') break;
        const { signature, redacted } = part;
        put(part.id, { ...block, ...(signature && { signature }), ...(redacted && { redacted }) });
        break;
      }
      case 'tool-call-start':
        put(part.id, { type: 'tool-call', id: part.id, name: part.name, arguments: '' });
        break;
      case 'tool-call-delta': {
        const block = open.get(part.id);
        if (block?.type === 'tool-call')
          put(part.id, { ...block, arguments: block.arguments + part.arguments });
        break;
      }
      case 'tool-call-end': {
        const block = open.get(part.id);
        if (block?.type === 'tool-call' && part.signature)
          put(part.id, { ...block, signature: part.signature });
        break;
      }
      case 'media': {
        const { mediaType, data } = part;
        put(`media-${order.length}`, { type: 'media', mediaType, source: { kind: 'base64', data } });
        break;
      }
      case 'logprobs':
        for (const token of part.tokens) tokens.push(token);
        mean = part.mean ?? mean;
        break;
      case 'usage':
        usage = part;
        break;
      case 'finish':
        finish = part;
        break;
      case 'head':
      case 'wire':
      case 'text-end':
      case 'embedding':
      case 'token-count':
        break;
    }
  }
  for (const id of order) {
    const block = open.get(id);
    if (block) loose.push(block);
  }
  if (tokens.length > 0) return { content: loose, usage, finish, logprobs: { tokens } };
  return { content: loose, usage, finish, ...(mean !== undefined && { logprobs: { tokens, mean } }) };
}

/** The whole answer as parts, as if it had been streamed: blocks in order, then usage, then finish. */
export function* partsOf(answer: Answer): Generator<Part> {
  if (answer.logprobs) yield { type: 'logprobs', ...answer.logprobs };
  for (const [index, block] of answer.content.entries()) {
    const id = block.type === 'tool-call' ? block.id : `${block.type}-${index}`;
    switch (block.type) {
      case 'text':
        yield { type: 'text-start', id };
        yield { type: 'text-delta', id, text: block.text };
        yield { type: 'text-end', id };
        break;
      case 'reasoning': {
        const { signature, redacted } = block;
        yield { type: 'reasoning-start', id };
        if (block.text) yield { type: 'reasoning-delta', id, text: block.text };
        yield { type: 'reasoning-end', id, ...(signature && { signature }), ...(redacted && { redacted }) };
        break;
      }
      case 'tool-call':
        yield { type: 'tool-call-start', id, name: block.name };
        yield { type: 'tool-call-delta', id, arguments: block.arguments };
        yield { type: 'tool-call-end', id, ...(block.signature && { signature: block.signature }) };
        break;
      case 'media':
        if (block.source.kind === 'base64')
          yield { type: 'media', mediaType: block.mediaType, data: block.source.data };
        break;
    }
  }
  if (answer.usage) yield answer.usage;
  yield answer.finish;
}
