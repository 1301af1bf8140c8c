import type { Answer } from '../../core/answer.ts';
import type { JsonObject } from '../../core/json.ts';
import type { FinishPart, UsagePart } from '../../core/part.ts';
import { parseErrorEvent } from '../openai/parse-error.ts';
import { Fields } from '../wire/fields.ts';
import { parseFinish } from './map-finish.ts';
import { itemTokens, parseOutputItem } from './parse-output.ts';
import { parseUsage } from './usage.ts';

/** @throws CallError `upstream_garbage` when it is no response object, or the error that it tells */
export function parseResponse(body: JsonObject): Answer {
  const response = checked(body);
  response.array('output');
  const content = response.items('output').flatMap(parseOutputItem);
  const tokens = response.items('output').flatMap(itemTokens);
  const finish = finishOf(body, response);
  return { content, usage: parseUsage(body), finish, ...(tokens.length > 0 && { logprobs: { tokens } }) };
}

export function meterResponse(body: JsonObject): (UsagePart | FinishPart)[] {
  const response = checked(body);
  const usage = parseUsage(body);
  return [...(usage ? [usage] : []), finishOf(body, response)];
}

function checked(body: JsonObject): Fields {
  const response = new Fields(body, '', 'provider');
  if (response.json('error') !== undefined || body['status'] === 'failed') throw parseErrorEvent(body);
  return response;
}

function finishOf(body: JsonObject, response: Fields): FinishPart {
  return parseFinish(
    body,
    response.items('output').some((item) => item.json('type') === 'function_call'),
  );
}
