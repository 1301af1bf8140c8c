import type { Answer, AnswerContent } from '../../core/answer.ts';
import { CallError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { FinishPart, UsagePart } from '../../core/part.ts';
import { parseChoiceLogprobs } from '../openai/logprobs.ts';
import { parseErrorEvent } from '../openai/parse-error.ts';
import { parseImage } from '../openai/parse-image.ts';
import { madeCallId } from '../wire/call-id.ts';
import { Fields } from '../wire/fields.ts';
import { ownedSignature } from '../wire/signature.ts';
import { parseFinishReason } from './map-finish-reason.ts';
import { thoughtSignature } from './parse-messages.ts';
import { parseUsage } from './usage.ts';

/** @throws CallError `upstream_garbage` when it is no chat completion, or the error that it tells */
export function parseResponse(body: JsonObject): Answer {
  const choice = firstChoice(body);
  const message = choice.object('message');
  const content = parseMessage(message);
  const tokens = parseChoiceLogprobs(choice.json('logprobs'));
  const finish = parseFinish(choice, content);
  return { content, usage: parseUsage(body), finish, ...(tokens.length > 0 && { logprobs: { tokens } }) };
}

export function meterResponse(body: JsonObject): (UsagePart | FinishPart)[] {
  const choice = firstChoice(body);
  const message = choice.optionalObject('message');
  const calls = [...(message?.items('tool_calls') ?? [])];
  const usage = parseUsage(body);
  return [
    ...(usage ? [usage] : []),
    finishPart(choice, calls.length > 0 || message?.json('function_call') !== undefined),
  ];
}

function firstChoice(body: JsonObject): Fields {
  const fields = new Fields(body, '', 'provider');
  if (fields.json('error') !== undefined) throw parseErrorEvent(body);
  const [choice] = fields.items('choices');
  if (!choice) throw new CallError('upstream_garbage', 'The provider answered without any choice.');
  return choice;
}

function parseMessage(message: Fields): AnswerContent[] {
  const content: AnswerContent[] = [];
  const other = message.json('reasoning');
  const thoughts = message.optionalString('reasoning_content') ?? (typeof other === 'string' ? other : '');
  if (thoughts) content.push({ type: 'reasoning', text: thoughts });
  const text = message.optionalString('content');
  if (text) content.push({ type: 'text', text });
  const refusal = message.optionalString('refusal');
  if (refusal) content.push({ type: 'text', text: refusal });
  const transcript = message.optionalObject('audio')?.optionalString('transcript');
  if (transcript) content.push({ type: 'text', text: transcript });
  for (const image of message.items('images'))
    content.push(parseImage(image.object('image_url').string('url')));
  for (const call of message.items('tool_calls')) content.push(parseToolCall(call));
  const older = message.optionalObject('function_call');
  if (older) content.push({ type: 'tool-call', id: madeCallId(), ...parseCalled(older) });
  return content;
}

function parseToolCall(call: Fields): AnswerContent {
  const id = call.optionalString('id');
  const signature = thoughtSignature(call.optionalJsonObject('extra_content'));
  return {
    type: 'tool-call',
    id: id || madeCallId(),
    ...parseCalled(call.object('function')),
    ...(signature !== undefined && { signature: ownedSignature('google', signature) }),
  };
}

function parseCalled(called: Fields): { readonly name: string; readonly arguments: string } {
  return { name: called.string('name'), arguments: called.optionalString('arguments') ?? '' };
}

function parseFinish(choice: Fields, content: readonly AnswerContent[]): FinishPart {
  return finishPart(
    choice,
    content.some((block) => block.type === 'tool-call'),
  );
}

/** @param choice of a whole answer or of a stream's last chunk with content */
export function finishPart(choice: Fields, hasToolCalls: boolean): FinishPart {
  const reason = choice.optionalString('finish_reason') ?? 'unknown';
  // vLLM's name for the stop sequence that was met.
  const stopSequence = choice.json('stop_reason');
  return {
    type: 'finish',
    reason: parseFinishReason(reason, hasToolCalls),
    ...(typeof stopSequence === 'string' && { stopSequence }),
  };
}
