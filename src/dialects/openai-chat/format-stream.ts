import type { AnswerContext, StreamFormatter } from '../../core/dialect.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { TokenLogprob } from '../../core/logprobs.ts';
import type { FinishPart, Part, UsagePart } from '../../core/part.ts';
import { formatError } from '../openai/format-error.ts';
import { formatSse } from '../wire/frames.ts';
import { extraContent, formatImage } from './format-message.ts';
import { asksForLogprobs, completionId, createdSeconds, formatLogprobs } from './format-response.ts';
import { formatFinishReason } from './map-finish-reason.ts';
import { formatUsage } from './usage.ts';

/** Writes chunks, the usage chunk if the client asked for it, and `[DONE]`. */
export function formatStream(context: AnswerContext): StreamFormatter {
  const wantsUsage = asksForUsage(context.body);
  const wantsLogprobs = asksForLogprobs(context.body);
  const id = completionId(context);
  const created = createdSeconds(context);
  const toolIndexes = new Map<string, number>();
  let model = context.requestedModel;
  let images = 0;
  let hasBegun = false;
  /** To be told with what is said next. */
  let tokens: readonly TokenLogprob[] = [];
  let usage: UsagePart | null = null;

  const chunk = (choices: readonly JsonObject[], rest: JsonObject): string =>
    formatSse(
      JSON.stringify({
        id,
        object: 'chat.completion.chunk',
        created,
        model,
        system_fingerprint: null,
        choices,
        ...rest,
      }),
    );

  const choice = (delta: JsonObject, finish: FinishPart | null): string => {
    const first = hasBegun ? {} : { role: 'assistant', content: '', refusal: null };
    const logprobs = formatLogprobs(tokens);
    hasBegun = true;
    tokens = [];
    return chunk(
      [
        {
          index: 0,
          delta: { ...first, ...delta },
          logprobs,
          finish_reason: finish && formatFinishReason(finish.reason),
          ...(finish?.stopSequence !== undefined && { stop_reason: finish.stopSequence }),
        },
      ],
      wantsUsage ? { usage: null } : {},
    );
  };
  const toolCall = (callId: string, fields: JsonObject): string =>
    choice({ tool_calls: [{ index: toolIndexes.get(callId) ?? 0, ...fields }] }, null);

  const format = (part: Part): string => {
    switch (part.type) {
      case 'head':
        model = part.target.model;
        return '';
      case 'text-delta':
        return choice({ content: part.text }, null);
      case 'reasoning-delta':
        return choice({ reasoning_content: part.text }, null);
      case 'tool-call-start':
        toolIndexes.set(part.id, toolIndexes.size);
        return toolCall(part.id, {
          id: part.id,
          type: 'function',
          function: { name: part.name, arguments: '' },
        });
      case 'tool-call-delta':
        return toolCall(part.id, { function: { arguments: part.arguments } });
      case 'tool-call-end':
        if (part.signature === undefined) return '';
        return toolCall(part.id, { function: { arguments: '' }, ...extraContent(part.signature) });
      case 'media':
        return choice({ images: [formatImage(images++, part.mediaType, part.data)] }, null);
      case 'logprobs':
        if (wantsLogprobs) tokens = [...tokens, ...part.tokens];
        return '';
      case 'usage':
        usage = part;
        model = part.model ?? model;
        return '';
      case 'finish':
        return choice({}, part);
      case 'text-start':
      case 'text-end':
      case 'reasoning-start':
      case 'reasoning-end':
      case 'wire':
      case 'embedding':
      case 'token-count':
        return '';
    }
  };

  return {
    contentType: 'text/event-stream; charset=utf-8',
    part: format,
    end: () => `${wantsUsage && usage ? chunk([], usageFields(usage)) : ''}${formatSse('[DONE]')}`,
    error: (error) => formatSse(JSON.stringify(formatError(error))),
  };
}

function usageFields({ usage, serviceTier }: UsagePart): JsonObject {
  return { usage: formatUsage(usage), ...(serviceTier !== undefined && { service_tier: serviceTier }) };
}

function asksForUsage(body: JsonObject): boolean {
  const options = body['stream_options'];
  return isObject(options) && options['include_usage'] === true;
}
