import type { AnswerContent } from '../../core/answer.ts';
import type { AnswerContext, StreamFormatter } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import type { TokenLogprob } from '../../core/logprobs.ts';
import type { FinishPart, Part, UsagePart } from '../../core/part.ts';
import { errorDetails, errorWord } from '../openai/format-error.ts';
import { formatSse } from '../wire/frames.ts';
import { formatItem, itemId } from './format-item.ts';
import { asksForLogprobs } from './include.ts';
import { formatFinish } from './map-finish.ts';
import { responseObject } from './response-object.ts';
import { beginItem, endItem, growItem, type ItemEvent, type OpenItem, wholeItem } from './stream-items.ts';

/** Writes the typed events of the Responses API, numbered, and at the end the whole response once more. */
export function formatStream(context: AnswerContext): StreamFormatter {
  const output: JsonObject[] = [];
  const wantsLogprobs = asksForLogprobs(context.body);
  let open: OpenItem | null = null;
  /** To be told with the text that is said next. */
  let tokens: readonly TokenLogprob[] = [];
  let model = context.requestedModel;
  let sequence = 0;
  let usage: UsagePart | null = null;
  let finish: FinishPart | null = null;

  const write = (events: readonly ItemEvent[]): string =>
    events
      .map(({ type, ...rest }) =>
        formatSse(JSON.stringify({ type, sequence_number: sequence++, ...rest }), type),
      )
      .join('');

  /** `response.created` comes with the first content, so that an error before it can still be an HTTP error. */
  const begun = (): ItemEvent[] => {
    if (sequence > 0) return [];
    const response = responseObject(context, {
      status: 'in_progress',
      incomplete_details: null,
      model,
      output: [],
      usage: null,
    });
    return [
      { type: 'response.created', response },
      { type: 'response.in_progress', response },
    ];
  };

  const begin = (block: OpenItem['block']): string => {
    const outputIndex = output.length;
    open = { id: itemId(context.callId, block.type, outputIndex), outputIndex, block, tokens: [] };
    return write([...begun(), ...beginItem(open)]);
  };

  const grow = (delta: string): string => {
    if (!open) return '';
    const said = open.block.type === 'text' ? tokens : [];
    tokens = tokens.slice(said.length);
    open = { ...open, block: grown(open.block, delta), tokens: [...open.tokens, ...said] };
    return write([growItem(open, delta, said)]);
  };

  const end = (proof: { readonly signature?: string; readonly redacted?: string }): string => {
    if (!open) return '';
    const { signature, redacted } = proof;
    const block = { ...open.block, ...(signature && { signature }), ...(redacted && { redacted }) };
    const ended = { ...open, block };
    output.push(formatItem(block, open.id, open.tokens));
    open = null;
    return write(endItem(ended));
  };

  const whole = (block: AnswerContent): string => {
    const id = itemId(context.callId, block.type, output.length);
    const events = wholeItem(block, id, output.length);
    output.push(formatItem(block, id));
    return write([...begun(), ...events]);
  };

  const format = (part: Part): string => {
    switch (part.type) {
      case 'head':
        model = part.target.model;
        return '';
      case 'text-start':
        return begin({ type: 'text', text: '' });
      case 'reasoning-start':
        return begin({ type: 'reasoning', text: '' });
      case 'tool-call-start':
        return begin({ type: 'tool-call', id: part.id, name: part.name, arguments: '' });
      case 'text-delta':
      case 'reasoning-delta':
        return grow(part.text);
      case 'tool-call-delta':
        return grow(part.arguments);
      case 'text-end':
        return end({});
      case 'reasoning-end':
      case 'tool-call-end':
        return end(part);
      case 'media': {
        const { mediaType, data } = part;
        return whole({ type: 'media', mediaType, source: { kind: 'base64', data } });
      }
      case 'logprobs':
        if (wantsLogprobs) tokens = [...tokens, ...part.tokens];
        return '';
      case 'usage':
        usage = part;
        model = part.model ?? model;
        return '';
      case 'finish':
        finish = part;
        return '';
      case 'wire':
      case 'embedding':
      case 'token-count':
        return '';
    }
  };

  return {
    contentType: 'text/event-stream; charset=utf-8',
    part: format,
    end() {
      const state = formatFinish(finish?.reason ?? 'other');
      const response = responseObject(context, { ...state, model, output, usage });
      return write([...begun(), { type: `response.${state.status}`, response }]);
    },
    error(error) {
      const details = errorDetails(error);
      // The flat form is OpenAI's; its SDK throws only when it finds an `error` too.
      const { message } = error;
      return write([
        { type: 'error', code: errorWord(error), message, param: error.param ?? null, error: details },
      ]);
    },
  };
}

function grown(block: OpenItem['block'], delta: string): OpenItem['block'] {
  if (block.type === 'tool-call') return { ...block, arguments: block.arguments + delta };
  return { ...block, text: block.text + delta };
}
