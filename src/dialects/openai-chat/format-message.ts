import type { AnswerContent } from '../../core/answer.ts';
import type { JsonObject } from '../../core/json.ts';
import { formatDataUrl } from '../wire/data-url.ts';
import { clientSignature } from '../wire/signature.ts';

/** An answer as the one message of a choice. Blocks of one kind are joined, for a message has one of each. */
export function formatMessage(content: readonly AnswerContent[]): JsonObject {
  let text = '';
  let thoughts = '';
  const calls: JsonObject[] = [];
  const images: JsonObject[] = [];
  for (const block of content) {
    switch (block.type) {
      case 'text':
        text += block.text;
        break;
      case 'reasoning':
        thoughts += block.text;
        break;
      case 'tool-call':
        calls.push({
          id: block.id,
          type: 'function',
          function: { name: block.name, arguments: block.arguments },
          ...(block.signature !== undefined && extraContent(block.signature)),
        });
        break;
      case 'media':
        if (block.source.kind === 'base64')
          images.push(formatImage(images.length, block.mediaType, block.source.data));
        break;
    }
  }
  return {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    annotations: [],
    ...(thoughts && { reasoning_content: thoughts }),
    ...(images.length > 0 && { images }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

/** Pictures in answers have no official place here; OpenAI-style clients of several gateways look for them there. */
export function formatImage(index: number, mediaType: string, data: string): JsonObject {
  return { type: 'image_url', index, image_url: { url: formatDataUrl(mediaType, data) } };
}

/** Where Google's OpenAI-compatible API keeps the thought signature of a call. */
export function extraContent(signature: string): JsonObject {
  return { extra_content: { google: { thought_signature: clientSignature('google', signature) } } };
}
