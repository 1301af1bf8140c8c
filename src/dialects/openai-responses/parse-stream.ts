import type { StreamParser } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Part } from '../../core/part.ts';
import { parseErrorEvent } from '../openai/parse-error.ts';
import { parseEvent } from '../openai/parse-event.ts';
import { Fields } from '../wire/fields.ts';
import { parseFinish } from './map-finish.ts';
import { outputBlocks } from './output-blocks.ts';
import { parseUsage } from './usage.ts';

/** Reads the typed events of one response. Complete is a stream with `response.completed` or `response.incomplete`. */
export function parseStream(): StreamParser {
  const blocks = outputBlocks();
  let isFinished = false;

  const finish = (response: JsonObject): Part[] => {
    isFinished = true;
    const items = new Fields(response, 'response', 'provider').items('output');
    const hasToolCalls = blocks.sawToolCall() || items.some((item) => item.json('type') === 'function_call');
    const usage = parseUsage(response);
    return [...blocks.end(), ...(usage ? [usage] : []), parseFinish(response, hasToolCalls)];
  };

  return {
    event(event) {
      if (event.data === '' || event.data === '[DONE]' || isFinished) return [];
      const body = parseEvent(event);
      const fields = new Fields(body, '', 'provider');
      const type = fields.optionalString('type') ?? event.event ?? '';
      switch (type) {
        case 'response.completed':
        case 'response.incomplete':
          return finish(fields.object('response').whole());
        case 'response.failed':
          throw parseErrorEvent(fields.object('response').whole());
        case 'error':
          throw parseErrorEvent(body);
        default:
          if (fields.json('error') !== undefined) throw parseErrorEvent(body);
          return blocks.event(type, fields);
      }
    },
    end() {
      if (!isFinished)
        throw new CallError('upstream_truncated', "The provider's answer broke off before its end.");
      return [];
    },
  };
}
