import type {
  MediaContent,
  ReasoningContent,
  TextContent,
  ToolCallContent,
  ToolResultContent,
} from '../../core/content.ts';
import type { Json } from '../../core/json.ts';
import type { Fields } from '../wire/fields.ts';
import type { CallLog } from './call-log.ts';
import { parseMedia } from './parse-media.ts';
import { parseResult } from './function-result.ts';
import { parseThoughtSignature } from './thought-signature.ts';

type Extras = Record<string, Json>;

/** Parts of which core knows nothing (code that Google runs, …) are kept whole among the extras. */
export function parseUserPart(
  part: Fields,
  calls: CallLog,
  extras: Extras,
): (TextContent | MediaContent | ToolResultContent)[] {
  const response = part.optionalObject('functionResponse');
  if (response) return keep(part, [parseResponse(response, calls, extras)], extras);
  return keep(part, parsePlain(part), extras);
}

export function parseModelPart(
  part: Fields,
  calls: CallLog,
  extras: Extras,
): (TextContent | MediaContent | ReasoningContent | ToolCallContent)[] {
  const signature = parseThoughtSignature(part.optionalString('thoughtSignature'));
  const signed = signature === undefined ? {} : { signature };
  const call = part.optionalObject('functionCall');
  if (call) return keep(part, [{ ...parseCall(call, calls, extras), ...signed }], extras);
  if (part.optionalBoolean('thought')) {
    const text = part.optionalString('text') ?? '';
    return keep(part, [{ type: 'reasoning', text, ...signed }], extras);
  }
  // A signature on plain text has no place in core but a thought of its own, which goes back as an empty signed part.
  const proof: ReasoningContent[] =
    signature === undefined ? [] : [{ type: 'reasoning', text: '', signature }];
  return keep(part, [...parsePlain(part), ...proof], extras);
}

function keep<C>(part: Fields, parsed: C[], extras: Extras): C[] {
  const rest = part.rest();
  if (parsed.length === 0 && Object.keys(rest).length > 0) extras[part.path] = part.whole();
  else Object.assign(extras, rest);
  return parsed;
}

function parsePlain(part: Fields): (TextContent | MediaContent)[] {
  const text = part.optionalString('text');
  if (text !== undefined) return text === '' ? [] : [{ type: 'text', text }];
  return parseMedia(part);
}

function parseCall(call: Fields, calls: CallLog, extras: Extras): ToolCallContent {
  const name = call.string('name');
  const id = calls.called(call.optionalString('id'), name);
  const args = call.optionalJsonObject('args') ?? {};
  Object.assign(extras, call.rest());
  return { type: 'tool-call', id, name, arguments: JSON.stringify(args) };
}

function parseResponse(response: Fields, calls: CallLog, extras: Extras): ToolResultContent {
  const name = response.string('name');
  const callId = calls.answered(response.optionalString('id'), name);
  const { text, isError } = parseResult(response.optionalJsonObject('response') ?? {}, name);
  const media = response.items('parts').flatMap(parseMedia);
  Object.assign(extras, response.rest());
  return { type: 'tool-result', callId, name, content: [{ type: 'text', text }, ...media], isError };
}
