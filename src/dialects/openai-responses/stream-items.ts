import type { AnswerContent } from '../../core/answer.ts';
import type { ReasoningContent, TextContent, ToolCallContent } from '../../core/content.ts';
import type { JsonObject } from '../../core/json.ts';
import type { TokenLogprob } from '../../core/logprobs.ts';
import { formatTokens } from '../openai/logprobs.ts';
import { formatItem, formatSummaryPart, formatTextPart } from './format-item.ts';

/** An event without its sequence number. */
export type ItemEvent = JsonObject & { readonly type: string };

/** An output item while it comes into being. */
export type OpenItem = {
  /** Of the item, `msg_…`; an item of thoughts may end with the id that its proof belongs to. */
  readonly id: string;
  readonly outputIndex: number;
  readonly block: TextContent | ReasoningContent | ToolCallContent;
  /** Of a text, where the client wants to know them. */
  readonly tokens: readonly TokenLogprob[];
};

/** The events with which an item begins. */
export function beginItem({ id, outputIndex, block }: OpenItem): ItemEvent[] {
  const place = { item_id: id, output_index: outputIndex };
  const item = { ...formatItem(block, id), status: 'in_progress' };
  switch (block.type) {
    case 'text':
      return [
        added({ ...item, content: [] }, outputIndex),
        { type: 'response.content_part.added', ...place, content_index: 0, part: formatTextPart('', []) },
      ];
    case 'reasoning':
      return [
        added({ ...item, summary: [] }, outputIndex),
        {
          type: 'response.reasoning_summary_part.added',
          ...place,
          summary_index: 0,
          part: formatSummaryPart(''),
        },
      ];
    case 'tool-call':
      return [added({ ...item, arguments: '' }, outputIndex)];
  }
}

/** The event that a piece of text makes, be it said, thought or arguments. */
export function growItem(
  { id, outputIndex, block }: OpenItem,
  delta: string,
  tokens: readonly TokenLogprob[],
): ItemEvent {
  const place = { item_id: id, output_index: outputIndex };
  switch (block.type) {
    case 'text':
      return {
        type: 'response.output_text.delta',
        ...place,
        content_index: 0,
        delta,
        logprobs: formatTokens(tokens),
      };
    case 'reasoning':
      return { type: 'response.reasoning_summary_text.delta', ...place, summary_index: 0, delta };
    case 'tool-call':
      return { type: 'response.function_call_arguments.delta', ...place, delta };
  }
}

/** The events with which an item ends; they tell its whole content once more. */
export function endItem({ id, outputIndex, block, tokens }: OpenItem): ItemEvent[] {
  const place = { item_id: id, output_index: outputIndex };
  const end = done(formatItem(block, id, tokens), outputIndex);
  switch (block.type) {
    case 'text': {
      const { text } = block;
      const part = formatTextPart(text, tokens);
      const logprobs = formatTokens(tokens);
      return [
        { type: 'response.output_text.done', ...place, content_index: 0, text, logprobs },
        { type: 'response.content_part.done', ...place, content_index: 0, part },
        end,
      ];
    }
    case 'reasoning': {
      const { text } = block;
      const part = formatSummaryPart(text);
      return [
        { type: 'response.reasoning_summary_text.done', ...place, summary_index: 0, text },
        { type: 'response.reasoning_summary_part.done', ...place, summary_index: 0, part },
        end,
      ];
    }
    case 'tool-call':
      return [
        {
          type: 'response.function_call_arguments.done',
          ...place,
          name: block.name,
          arguments: block.arguments,
        },
        end,
      ];
  }
}

/** The events of an item that comes at once. */
export function wholeItem(block: AnswerContent, id: string, outputIndex: number): ItemEvent[] {
  const item = formatItem(block, id);
  return [added({ ...item, status: 'in_progress', result: null }, outputIndex), done(item, outputIndex)];
}

function added(item: JsonObject, output_index: number): ItemEvent {
  return { type: 'response.output_item.added', output_index, item };
}

function done(item: JsonObject, output_index: number): ItemEvent {
  return { type: 'response.output_item.done', output_index, item };
}
