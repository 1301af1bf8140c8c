import type { AnswerContent } from '../../core/answer.ts';
import type { TokenLogprob } from '../../core/logprobs.ts';
import { parseTokens } from '../openai/logprobs.ts';
import { madeCallId } from '../wire/call-id.ts';
import type { Fields } from '../wire/fields.ts';
import { parseEncrypted } from './encrypted-content.ts';
import { reasoningText } from './parse-input.ts';

/** An output item as content. Calls of provider-side tools have none: their results are in the text. */
export function parseOutputItem(item: Fields): AnswerContent[] {
  switch (item.string('type')) {
    case 'message':
      return item.items('content').flatMap(parseTextPart);
    case 'reasoning':
      return parseReasoning(item);
    case 'function_call':
      return [
        {
          type: 'tool-call',
          id: item.optionalString('call_id') || madeCallId(),
          name: item.string('name'),
          arguments: item.optionalString('arguments') ?? '',
        },
      ];
    case 'image_generation_call':
      return parseGeneratedImage(item);
    default:
      return [];
  }
}

/** How likely the tokens of an output item are, where it tells. */
export function itemTokens(item: Fields): TokenLogprob[] {
  if (item.json('type') !== 'message') return [];
  return item.items('content').flatMap((part) => parseTokens(part.json('logprobs')));
}

function parseTextPart(part: Fields): AnswerContent[] {
  const text = part.optionalString('text') ?? part.optionalString('refusal') ?? '';
  return text === '' ? [] : [{ type: 'text', text }];
}

function parseReasoning(item: Fields): AnswerContent[] {
  const text = reasoningText(item);
  const proof = parseEncrypted(item.optionalString('id') ?? '', item.optionalString('encrypted_content'));
  return text === '' && Object.keys(proof).length === 0 ? [] : [{ type: 'reasoning', text, ...proof }];
}

function parseGeneratedImage(item: Fields): AnswerContent[] {
  const data = item.optionalString('result');
  const format = item.optionalString('output_format') ?? 'png';
  return data ? [{ type: 'media', mediaType: `image/${format}`, source: { kind: 'base64', data } }] : [];
}
