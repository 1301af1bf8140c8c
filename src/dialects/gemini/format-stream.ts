import type { AnswerContext, StreamFormatter } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import type { AnswerLogprobs } from '../../core/logprobs.ts';
import type { FinishPart, Part, UsagePart } from '../../core/part.ts';
import { formatSse } from '../wire/frames.ts';
import { formatError } from './format-error.ts';
import { formatCall, formatSignature, response } from './format-response.ts';

/** Responses one after the other, as SSE or as one growing JSON array. Function calls are told whole, at their end. */
export function formatStream(context: AnswerContext): StreamFormatter {
  const frame = context.framing === 'sse' ? sseFrames() : arrayFrames();
  const calls = new Map<string, { readonly name: string; args: string }>();
  /** To be told with what is said next. */
  let logprobs: AnswerLogprobs | undefined;
  let usage: UsagePart | null = null;

  const one = (parts: readonly JsonObject[], finish: FinishPart | null): string => {
    const told = logprobs;
    logprobs = undefined;
    return frame.one(response(parts, finish, usage, context, told));
  };
  const say = (...parts: JsonObject[]): string => (parts.length > 0 ? one(parts, null) : '');

  const write = (part: Part): string => {
    switch (part.type) {
      case 'text-delta':
        return part.text === '' ? '' : say({ text: part.text });
      case 'reasoning-delta':
        return part.text === '' ? '' : say({ text: part.text, thought: true });
      case 'reasoning-end':
        return say(...formatSignature(part.signature));
      case 'tool-call-start':
        calls.set(part.id, { name: part.name, args: '' });
        return '';
      case 'tool-call-delta': {
        const call = calls.get(part.id);
        if (call) call.args += part.arguments;
        return '';
      }
      case 'tool-call-end': {
        const call = calls.get(part.id);
        calls.delete(part.id);
        return call ? say(formatCall(part.id, call.name, call.args, part.signature)) : '';
      }
      case 'media':
        return say({ inlineData: { mimeType: part.mediaType, data: part.data } });
      case 'logprobs':
        logprobs = { ...part, tokens: [...(logprobs?.tokens ?? []), ...part.tokens] };
        return '';
      case 'usage':
        usage = part;
        return '';
      case 'finish': {
        const unended = [...calls].map(([id, { name, args }]) => formatCall(id, name, args, undefined));
        return say(...unended) + one([], part);
      }
      case 'head':
      case 'wire':
      case 'text-start':
      case 'text-end':
      case 'reasoning-start':
      case 'embedding':
      case 'token-count':
        return '';
    }
  };

  return {
    contentType: frame.contentType,
    part: write,
    end: () => frame.end(),
    error: (error) => frame.one(formatError(error)) + frame.end(),
  };
}

interface Frames {
  readonly contentType: string;
  one(body: JsonObject): string;
  end(): string;
}

function sseFrames(): Frames {
  return { contentType: 'text/event-stream', one: (body) => formatSse(JSON.stringify(body)), end: () => '' };
}

function arrayFrames(): Frames {
  let isEmpty = true;
  return {
    contentType: 'application/json; charset=UTF-8',
    one: (body) => {
      const before = isEmpty ? '[' : ',\r\n';
      isEmpty = false;
      return before + JSON.stringify(body);
    },
    end: () => (isEmpty ? '[]' : ']'),
  };
}
