import type { AnswerContent } from '../../core/answer.ts';
import type { JsonObject } from '../../core/json.ts';
import type { TokenLogprob } from '../../core/logprobs.ts';
import { formatTokens } from '../openai/logprobs.ts';
import { clientProof } from './encrypted-content.ts';

const PREFIX = { text: 'msg', reasoning: 'rs', 'tool-call': 'fc', media: 'ig' } as const;

/** Id of the output item with that index: unique over all calls. */
export function itemId(callId: string, kind: AnswerContent['type'], index: number): string {
  return `${PREFIX[kind]}_${callId.replaceAll('-', '')}${index.toString(16).padStart(4, '0')}`;
}

/** A whole output item. @param tokens of a text, where the client wants to know them */
export function formatItem(
  block: AnswerContent,
  id: string,
  tokens: readonly TokenLogprob[] = [],
): JsonObject {
  switch (block.type) {
    case 'text':
      return {
        id,
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [formatTextPart(block.text, tokens)],
      };
    case 'reasoning':
      return {
        type: 'reasoning',
        summary: block.text === '' ? [] : [formatSummaryPart(block.text)],
        ...clientProof(block, id),
      };
    case 'tool-call':
      return {
        id,
        type: 'function_call',
        status: 'completed',
        call_id: block.id,
        name: block.name,
        arguments: block.arguments,
      };
    case 'media':
      return {
        id,
        type: 'image_generation_call',
        status: 'completed',
        result: block.source.kind === 'base64' ? block.source.data : null,
        output_format: block.mediaType.split('/')[1] ?? 'png',
      };
  }
}

export function formatTextPart(text: string, tokens: readonly TokenLogprob[]): JsonObject {
  return { type: 'output_text', text, annotations: [], logprobs: formatTokens(tokens) };
}

export function formatSummaryPart(text: string): JsonObject {
  return { type: 'summary_text', text };
}
