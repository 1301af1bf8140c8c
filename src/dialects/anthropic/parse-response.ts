import type { Answer, AnswerContent } from '../../core/answer.ts';
import type { JsonObject } from '../../core/json.ts';
import type { FinishPart, UsagePart } from '../../core/part.ts';
import { Fields } from '../wire/fields.ts';
import { ownedSignature } from '../wire/signature.ts';
import { parseStop } from './map-stop-reason.ts';
import { OWNER } from './owner.ts';
import { parseUsage } from './parse-usage.ts';

/** A whole message. Blocks of tools that run at Anthropic have no counterpart in core and are passed over. */
export function parseResponse(body: JsonObject): Answer {
  const message = new Fields(body, '', 'provider');
  message.array('content');
  return {
    content: message.items('content').flatMap(parseBlock),
    usage: usageOf(message),
    finish: finishOf(message),
  };
}

export function meterResponse(body: JsonObject): (UsagePart | FinishPart)[] {
  const message = new Fields(body, '', 'provider');
  const usage = usageOf(message);
  return usage ? [usage, finishOf(message)] : [finishOf(message)];
}

function parseBlock(block: Fields): AnswerContent[] {
  switch (block.string('type')) {
    case 'text':
      return [{ type: 'text', text: block.string('text') }];
    case 'thinking': {
      const signature = block.optionalString('signature');
      const text = block.optionalString('thinking') ?? '';
      return [{ type: 'reasoning', text, ...(signature && { signature: ownedSignature(OWNER, signature) }) }];
    }
    case 'redacted_thinking':
      return [{ type: 'reasoning', text: '', redacted: ownedSignature(OWNER, block.string('data')) }];
    case 'tool_use':
      return [
        {
          type: 'tool-call',
          id: block.string('id'),
          name: block.string('name'),
          arguments: JSON.stringify(block.json('input') ?? {}),
        },
      ];
    default:
      return [];
  }
}

function usageOf(message: Fields): UsagePart | null {
  const usage = message.optionalJsonObject('usage');
  return usage ? parseUsage(usage, message.optionalString('model')) : null;
}

function finishOf(message: Fields): FinishPart {
  return parseStop(message.optionalString('stop_reason'), message.optionalString('stop_sequence'));
}
