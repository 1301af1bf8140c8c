import type { StreamParser } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';
import type { FinishPart, Part } from '../../core/part.ts';
import { parseChoiceLogprobs } from '../openai/logprobs.ts';
import { parseErrorEvent } from '../openai/parse-error.ts';
import { parseEvent } from '../openai/parse-event.ts';
import { parseMediaUrl } from '../wire/data-url.ts';
import { blockQueue } from '../wire/block-queue.ts';
import { Fields } from '../wire/fields.ts';
import { finishPart } from './parse-response.ts';
import { toolCallDeltas } from './parse-tool-call-deltas.ts';
import { parseUsage } from './usage.ts';

/**
 * Reads the chunks of one chat completion. Complete is a stream with a finish reason; one that answers several choices
 * also needs its `[DONE]`, for each choice finishes by itself.
 */
export function parseStream(): StreamParser {
  const queue = blockQueue();
  const toolCalls = toolCallDeltas(queue);
  let finish: FinishPart | null = null;
  let hasOtherChoices = false;
  let isDone = false;

  const parseDelta = (delta: Fields): Part[] => {
    const other = delta.json('reasoning');
    const thoughts = delta.optionalString('reasoning_content') ?? (typeof other === 'string' ? other : '');
    const text = delta.optionalString('content');
    const refusal = delta.optionalString('refusal');
    const transcript = delta.optionalObject('audio')?.optionalString('transcript');
    return [
      ...(thoughts ? queue.reasoning('reasoning', thoughts) : []),
      ...[text, refusal, transcript].flatMap((said) => (said ? queue.text('text', said) : [])),
      ...delta.items('images').flatMap((image) => parseImage(image.object('image_url').string('url'))),
      ...toolCalls.parse(delta),
    ];
  };

  const parseImage = (url: string): Part[] => {
    const { mediaType, source } = parseMediaUrl(url);
    if (source.kind !== 'base64') return queue.text('text', url);
    return [...queue.end(), { type: 'media', mediaType: mediaType ?? 'image/*', data: source.data }];
  };

  const parseChoice = (choice: Fields): Part[] => {
    if ((choice.optionalInteger('index') ?? 0) !== 0) {
      hasOtherChoices = true;
      return [];
    }
    const delta = choice.optionalObject('delta');
    const tokens = parseChoiceLogprobs(choice.json('logprobs'));
    const parts: Part[] = tokens.length > 0 ? [{ type: 'logprobs', tokens }] : [];
    if (delta) parts.push(...parseDelta(delta));
    if (choice.optionalString('finish_reason')) finish = finishPart(choice, toolCalls.seen());
    return parts;
  };

  return {
    event(event) {
      if (event.data === '') return [];
      if (event.data === '[DONE]') {
        isDone = true;
        return [];
      }
      const body = parseEvent(event);
      const chunk = new Fields(body, '', 'provider');
      const isError =
        event.event === 'error' || chunk.json('error') !== undefined || chunk.json('object') === 'error';
      if (isError) throw parseErrorEvent(body);
      const parts = chunk.items('choices').flatMap(parseChoice);
      const usage = parseUsage(body);
      return usage ? [...parts, usage] : parts;
    },
    end() {
      if (!finish || (hasOtherChoices && !isDone))
        throw new CallError('upstream_truncated', "The provider's answer broke off before its end.");
      return [...queue.end(), finish];
    },
  };
}
