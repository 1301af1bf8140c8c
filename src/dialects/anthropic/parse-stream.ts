import type { StreamEvent, StreamParser } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { FinishPart, Part } from '../../core/part.ts';
import { Fields } from '../wire/fields.ts';
import { ownedSignature } from '../wire/signature.ts';
import { parseStop } from './map-stop-reason.ts';
import { OWNER } from './owner.ts';
import { streamedError } from './parse-error.ts';
import { mergeUsage, parseUsage } from './parse-usage.ts';

/** A content block that is open, by its kind in core; other kinds of block are passed over. */
type OpenBlock =
  | { readonly kind: 'text'; readonly id: string }
  | { readonly kind: 'reasoning'; readonly id: string; signature: string; readonly redacted?: string }
  | { readonly kind: 'tool-call'; readonly id: string; readonly input: JsonObject; hasArguments: boolean }
  | { readonly kind: 'other' };

/** https://docs.claude.com/en/docs/build-with-claude/streaming */
export function parseStream(): StreamParser {
  const open = new Map<number, OpenBlock>();
  let model: string | undefined;
  let usage: JsonObject = {};
  let finish: FinishPart | null = null;
  let isComplete = false;

  const consumed = (next: JsonObject | undefined): Part[] => {
    if (!next) return [];
    usage = mergeUsage(usage, next);
    return [parseUsage(usage, model)];
  };

  return {
    event: ({ event, data }) => {
      if (data === '') return [];
      const fields = parseData(data);
      switch (fields.optionalString('type') ?? event) {
        case 'message_start': {
          const message = fields.object('message');
          model = message.optionalString('model');
          return consumed(message.optionalJsonObject('usage'));
        }
        case 'content_block_start':
          return startBlock(fields, open);
        case 'content_block_delta':
          return continueBlock(fields, open);
        case 'content_block_stop':
          return stopBlock(fields.optionalInteger('index') ?? 0, open);
        case 'message_delta': {
          const delta = fields.optionalObject('delta');
          finish = parseStop(delta?.optionalString('stop_reason'), delta?.optionalString('stop_sequence'));
          return consumed(fields.optionalJsonObject('usage'));
        }
        case 'message_stop':
          isComplete = true;
          return [
            ...[...open.keys()].flatMap((index) => stopBlock(index, open)),
            finish ?? { type: 'finish', reason: 'other' },
          ];
        case 'error':
          throw streamedError(fields.whole());
        default:
          // `ping`, and kinds yet to come, which the API asks to be ignored.
          return [];
      }
    },
    end: () => {
      if (isComplete) return [];
      throw new CallError(
        'upstream_truncated',
        'The answer of Anthropic ended before its message_stop event.',
      );
    },
  };
}

function parseData(data: StreamEvent['data']): Fields {
  try {
    const parsed: unknown = JSON.parse(data);
    if (isObject(parsed)) return new Fields(parsed, '', 'provider');
  } catch {
    // Told below, like JSON that is no object.
  }
  throw new CallError('upstream_garbage', 'Anthropic sent a stream event that is no JSON object.');
}

function startBlock(fields: Fields, open: Map<number, OpenBlock>): Part[] {
  const index = fields.optionalInteger('index') ?? 0;
  const block = fields.object('content_block');
  switch (block.string('type')) {
    case 'text': {
      const id = `text-${index}`;
      open.set(index, { kind: 'text', id });
      const text = block.optionalString('text');
      return [{ type: 'text-start', id }, ...(text ? [{ type: 'text-delta', id, text } as const] : [])];
    }
    case 'thinking': {
      const id = `reasoning-${index}`;
      const text = block.optionalString('thinking');
      open.set(index, { kind: 'reasoning', id, signature: block.optionalString('signature') ?? '' });
      return [
        { type: 'reasoning-start', id },
        ...(text ? [{ type: 'reasoning-delta', id, text } as const] : []),
      ];
    }
    case 'redacted_thinking': {
      const id = `reasoning-${index}`;
      open.set(index, { kind: 'reasoning', id, signature: '', redacted: block.string('data') });
      return [{ type: 'reasoning-start', id }];
    }
    case 'tool_use': {
      const id = block.string('id');
      const input = block.optionalJsonObject('input') ?? {};
      open.set(index, { kind: 'tool-call', id, input, hasArguments: false });
      return [{ type: 'tool-call-start', id, name: block.string('name') }];
    }
    default:
      open.set(index, { kind: 'other' });
      return [];
  }
}

function continueBlock(fields: Fields, open: Map<number, OpenBlock>): Part[] {
  const index = fields.optionalInteger('index') ?? 0;
  const block = open.get(index);
  const delta = fields.object('delta');
  if (!block) throw fields.wrong('index', 'the index of an open block');
  switch (block.kind) {
    case 'text': {
      const text = delta.optionalString('text');
      return text ? [{ type: 'text-delta', id: block.id, text }] : [];
    }
    case 'reasoning': {
      block.signature += delta.optionalString('signature') ?? '';
      const text = delta.optionalString('thinking');
      return text ? [{ type: 'reasoning-delta', id: block.id, text }] : [];
    }
    case 'tool-call': {
      const json = delta.optionalString('partial_json');
      if (!json) return [];
      block.hasArguments = true;
      return [{ type: 'tool-call-delta', id: block.id, arguments: json }];
    }
    case 'other':
      return [];
  }
}

function stopBlock(index: number, open: Map<number, OpenBlock>): Part[] {
  const block = open.get(index);
  open.delete(index);
  switch (block?.kind) {
    case 'text':
      return [{ type: 'text-end', id: block.id }];
    case 'reasoning':
      return [
        {
          type: 'reasoning-end',
          id: block.id,
          ...(block.signature && { signature: ownedSignature(OWNER, block.signature) }),
          ...(block.redacted && { redacted: ownedSignature(OWNER, block.redacted) }),
        },
      ];
    case 'tool-call': {
      const end = { type: 'tool-call-end', id: block.id } as const;
      if (block.hasArguments) return [end];
      // A call without arguments has no deltas; its arguments are those of the start, usually none.
      return [{ type: 'tool-call-delta', id: block.id, arguments: JSON.stringify(block.input) }, end];
    }
    case 'other':
    case undefined:
      return [];
  }
}
