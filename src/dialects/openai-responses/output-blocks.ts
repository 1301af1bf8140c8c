import type { AnswerContent } from '../../core/answer.ts';
import { CallError } from '../../core/errors.ts';
import type { TokenLogprob } from '../../core/logprobs.ts';
import type { Part } from '../../core/part.ts';
import { blockQueue } from '../wire/block-queue.ts';
import { madeCallId } from '../wire/call-id.ts';
import type { Fields } from '../wire/fields.ts';
import { parseTokens } from '../openai/logprobs.ts';
import { itemTokens, parseOutputItem } from './parse-output.ts';

/** Turns the events of output items into blocks. */
export interface OutputBlocks {
  event(type: string, event: Fields): Part[];
  end(): Part[];
  sawToolCall(): boolean;
}

export function outputBlocks(): OutputBlocks {
  const queue = blockQueue();
  /** Calls by the output index of their item. */
  const calls = new Map<number, { readonly id: string; readonly name: string }>();
  /** Items of which a delta was seen: their whole text, which comes again at their end, is no news. */
  const told = new Set<number>();

  /** Items of which tokens were told. */
  const measured = new Set<number>();

  const logprobs = (index: number, tokens: readonly TokenLogprob[]): Part[] => {
    if (tokens.length === 0) return [];
    measured.add(index);
    return [{ type: 'logprobs', tokens }];
  };

  const indexOf = (event: Fields): number => event.optionalInteger('output_index') ?? 0;

  const delta = (event: Fields, put: (index: number, text: string) => Part[]): Part[] => {
    const text = event.optionalString('delta') ?? '';
    const index = indexOf(event);
    if (text === '') return [];
    told.add(index);
    return put(index, text);
  };

  const callAt = (index: number): { readonly id: string; readonly name: string } => {
    const call = calls.get(index);
    if (!call)
      throw new CallError(
        'upstream_garbage',
        'The provider sent arguments of a tool call that it did not begin.',
      );
    return call;
  };

  const begin = (event: Fields): Part[] => {
    const item = event.object('item');
    if (item.string('type') !== 'function_call') return [];
    const index = indexOf(event);
    const call = { id: item.optionalString('call_id') || madeCallId(), name: item.string('name') };
    calls.set(index, call);
    return queue.toolCall(String(index), call, '');
  };

  const finish = (event: Fields): Part[] => {
    const index = indexOf(event);
    const key = String(index);
    const item = event.object('item');
    const tokens = measured.has(index) ? [] : logprobs(index, itemTokens(item));
    const parts = parseOutputItem(item).flatMap((block) => wholeBlock(block, index));
    return [...tokens, ...parts, ...queue.close(key)];
  };

  /** What an item's end tells: everything if no delta came, else only the proof of its thoughts. */
  const wholeBlock = (block: AnswerContent, index: number): Part[] => {
    const key = String(index);
    switch (block.type) {
      case 'text':
        return told.has(index) ? [] : queue.text(`${key}.0`, block.text);
      case 'reasoning': {
        const parts = told.has(index) ? [] : queue.reasoning(key, block.text);
        if (block.signature !== undefined) queue.sign(key, block.signature);
        if (block.redacted !== undefined) queue.redact(key, block.redacted);
        return parts;
      }
      case 'tool-call': {
        const begun = calls.get(index) ?? block;
        calls.set(index, begun);
        return told.has(index) ? [] : queue.toolCall(key, begun, block.arguments);
      }
      case 'media':
        if (block.source.kind !== 'base64') return [];
        return [...queue.end(), { type: 'media', mediaType: block.mediaType, data: block.source.data }];
    }
  };

  return {
    event(type, event) {
      switch (type) {
        case 'response.output_item.added':
          return begin(event);
        case 'response.output_text.delta':
        case 'response.refusal.delta': {
          const part = event.optionalInteger('content_index') ?? 0;
          return [
            ...logprobs(indexOf(event), parseTokens(event.json('logprobs'))),
            ...delta(event, (index, text) => queue.text(`${index}.${part}`, text)),
          ];
        }
        case 'response.reasoning_text.delta':
        case 'response.reasoning_summary_text.delta':
          return delta(event, (index, text) => queue.reasoning(String(index), text));
        case 'response.reasoning_summary_part.added': {
          const isFirst = (event.optionalInteger('summary_index') ?? 0) === 0;
          return isFirst ? [] : queue.reasoning(String(indexOf(event)), '\n\n');
        }
        case 'response.function_call_arguments.delta':
          return delta(event, (index, text) => queue.toolCall(String(index), callAt(index), text));
        case 'response.output_item.done':
          return finish(event);
        default:
          return [];
      }
    },
    end: () => queue.end(),
    sawToolCall: () => calls.size > 0,
  };
}
