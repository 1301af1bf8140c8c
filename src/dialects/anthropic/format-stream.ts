import type { AnswerContext, StreamFormatter } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Part, UsagePart } from '../../core/part.ts';
import { formatSse } from '../wire/frames.ts';
import { formatError } from './format-error.ts';
import { formatReasoning, mediaNote, messageSkeleton } from './format-response.ts';
import { formatMessageUsage, formatUsage } from './format-usage.ts';
import { formatStop } from './map-stop-reason.ts';
import { clientSignature } from '../wire/signature.ts';
import { oneBlockAtATime } from './one-block-at-a-time.ts';
import { OWNER } from './owner.ts';

/**
 * `message_start`, blocks one after the other, `message_delta`, `message_stop`. Most providers count the prompt only at
 * the end, so the start has what is known by then and the delta has everything. Text and thinking blocks open with their
 * first words: an empty one would be refused when the client sends it back.
 */
export function formatStream(context: AnswerContext): StreamFormatter {
  const ordered = oneBlockAtATime();
  let usage: UsagePart | null = null;
  let hasStarted = false;
  let isBlockOpen = false;
  let index = -1;

  const start = (): string => {
    if (hasStarted) return '';
    hasStarted = true;
    return event('message_start', {
      message: { ...messageSkeleton(context), usage: formatMessageUsage(usage) },
    });
  };
  const open = (block: JsonObject): string => {
    index++;
    isBlockOpen = true;
    return start() + event('content_block_start', { index, content_block: block });
  };
  const delta = (delta: JsonObject): string => event('content_block_delta', { index, delta });
  const close = (): string => {
    if (!isBlockOpen) return '';
    isBlockOpen = false;
    return event('content_block_stop', { index });
  };

  const write = (part: Part): string => {
    switch (part.type) {
      case 'text-delta':
        if (part.text === '') return '';
        return (
          (isBlockOpen ? '' : open({ type: 'text', text: '' })) +
          delta({ type: 'text_delta', text: part.text })
        );
      case 'reasoning-delta':
        if (part.text === '') return '';
        return (
          (isBlockOpen ? '' : open({ type: 'thinking', thinking: '', signature: '' })) +
          delta({ type: 'thinking_delta', thinking: part.text })
        );
      case 'reasoning-end':
        return endReasoning(part.signature, part.redacted);
      case 'tool-call-start':
        return open({ type: 'tool_use', id: part.id, name: part.name, input: {} });
      case 'tool-call-delta':
        return part.arguments === '' ? '' : delta({ type: 'input_json_delta', partial_json: part.arguments });
      case 'text-end':
      case 'tool-call-end':
        return close();
      case 'media':
        return (
          open({ type: 'text', text: '' }) +
          delta({ type: 'text_delta', text: mediaNote(part.mediaType) }) +
          close()
        );
      case 'usage':
        usage = part;
        return '';
      case 'finish':
        return (
          start() +
          event('message_delta', {
            delta: { ...formatStop(part), stop_details: null, container: null },
            usage: formatUsage(usage),
          }) +
          event('message_stop', {})
        );
      case 'head':
      case 'logprobs':
      case 'wire':
      case 'text-start':
      case 'reasoning-start':
      case 'embedding':
      case 'token-count':
        return '';
    }
  };

  /** Only now is it known whether the provider signed its thinking, or hid it. */
  const endReasoning = (signature: string | undefined, redacted: string | undefined): string => {
    const signed =
      isBlockOpen && signature !== undefined
        ? delta({ type: 'signature_delta', signature: clientSignature(OWNER, signature) })
        : '';
    const rest = formatReasoning('', isBlockOpen ? undefined : signature, redacted);
    return signed + close() + rest.map((block) => openWhole(block)).join('');
  };

  const openWhole = (block: JsonObject): string => {
    if (block['type'] !== 'thinking') return open(block) + close();
    const opened = open({ type: 'thinking', thinking: '', signature: '' });
    return opened + delta({ type: 'signature_delta', signature: block['signature'] ?? '' }) + close();
  };

  return {
    contentType: 'text/event-stream; charset=utf-8',
    part: (part) => ordered(part).map(write).join(''),
    end: () => '',
    error: (error) => formatSse(JSON.stringify(formatError(error)), 'error'),
  };
}

function event(type: string, fields: JsonObject): string {
  return formatSse(JSON.stringify({ type, ...fields }), type);
}
