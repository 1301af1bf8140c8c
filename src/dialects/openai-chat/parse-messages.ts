import type {
  MediaContent,
  Message,
  ReasoningContent,
  TextContent,
  ToolCallContent,
  ToolResultContent,
} from '../../core/content.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { ExtrasCollector } from '../wire/collect-extras.ts';
import type { Fields } from '../wire/fields.ts';
import { ownedSignature } from '../wire/signature.ts';
import { parseContent, parseTextContent } from './parse-content.ts';

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const;

/** What later messages refer to. */
interface Conversation {
  readonly extras: ExtrasCollector;
  /** Tool names by call id. */
  readonly calls: Map<string, string>;
}

/** Tool messages in a row are the results of one turn and become one message. */
export function parseMessages(messages: readonly Fields[], extras: ExtrasCollector): Message[] {
  const conversation: Conversation = { extras, calls: new Map() };
  const parsed: Message[] = [];
  let results: ToolResultContent[] | null = null;
  for (const message of messages) {
    const role = message.optionalOneOf('role', ROLES);
    if (role === undefined) throw message.wrong('role', `one of ${ROLES.join(', ')}`);
    if (role === 'tool' || role === 'function') {
      if (!results) parsed.push({ role: 'user', content: (results = []) });
      results.push(
        role === 'tool' ? parseToolResult(message, conversation) : parseFunctionResult(message, conversation),
      );
    } else {
      results = null;
      parsed.push(parseMessage(role, message, conversation));
    }
    extras.keepRest(message);
  }
  return parsed;
}

function parseMessage(
  role: 'system' | 'developer' | 'user' | 'assistant',
  message: Fields,
  conversation: Conversation,
): Message {
  switch (role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: parseTextContent(message, conversation.extras) };
    case 'user':
      return { role: 'user', content: parseContent(message, conversation.extras) };
    case 'assistant':
      return { role: 'assistant', content: parseAssistant(message, conversation) };
  }
}

function parseAssistant(
  message: Fields,
  conversation: Conversation,
): (TextContent | MediaContent | ReasoningContent | ToolCallContent)[] {
  const said = parseContent(message, conversation.extras).filter(
    (content) => content.type !== 'text' || content.text !== '',
  );
  const refusal = message.optionalString('refusal');
  const calls = [...parseToolCalls(message, conversation), ...parseFunctionCall(message, conversation)];
  return [
    ...parseReasoning(message),
    ...said,
    ...(refusal ? [{ type: 'text', text: refusal } as const] : []),
    ...calls,
  ];
}

/** The thoughts of earlier turns, under the names that open-weights servers use for them. */
function parseReasoning(message: Fields): ReasoningContent[] {
  const other = message.json('reasoning');
  const text = message.optionalString('reasoning_content') ?? other;
  return typeof text === 'string' && text !== '' ? [{ type: 'reasoning', text }] : [];
}

function parseToolCalls(message: Fields, { extras, calls }: Conversation): ToolCallContent[] {
  return message.items('tool_calls').flatMap((call) => {
    if ((call.optionalString('type') ?? 'function') !== 'function') {
      extras.keep(call.path, call.whole());
      return [];
    }
    const id = call.string('id');
    const called = call.object('function');
    const name = called.string('name');
    const argumentsText = called.string('arguments');
    const signature = thoughtSignature(call.optionalJsonObject('extra_content'));
    calls.set(id, name);
    extras.keepRest(call);
    extras.keepRest(called);
    return [
      {
        type: 'tool-call',
        id,
        name,
        arguments: argumentsText,
        ...(signature !== undefined && { signature: ownedSignature('google', signature) }),
      },
    ];
  });
}

/** Google's OpenAI-compatible API keeps Gemini's thought signature of a call there; we do as it does. */
export function thoughtSignature(extraContent: JsonObject | undefined): string | undefined {
  const google = extraContent?.['google'];
  const signature = isObject(google) ? google['thought_signature'] : undefined;
  return typeof signature === 'string' && signature !== '' ? signature : undefined;
}

/** The predecessor of tool calls had one call a message and no ids. */
function parseFunctionCall(message: Fields, { calls }: Conversation): ToolCallContent[] {
  const call = message.optionalObject('function_call');
  if (!call) return [];
  const name = call.string('name');
  const id = `call_${calls.size}_${name}`;
  calls.set(id, name);
  return [{ type: 'tool-call', id, name, arguments: call.string('arguments') }];
}

function parseToolResult(message: Fields, { extras, calls }: Conversation): ToolResultContent {
  const callId = message.string('tool_call_id');
  const name = message.optionalString('name');
  return {
    type: 'tool-result',
    callId,
    name: calls.get(callId) ?? name ?? '',
    content: parseContent(message, extras),
    isError: false,
  };
}

function parseFunctionResult(message: Fields, { extras, calls }: Conversation): ToolResultContent {
  const name = message.string('name');
  const callId = [...calls].findLast(([, called]) => called === name)?.[0] ?? `call_${name}`;
  return { type: 'tool-result', callId, name, content: parseContent(message, extras), isError: false };
}
