import { EngineError } from '../../ports.ts';

/** A message as OpenAI's chat API has it; fields that are not named here are passed to the template. */
export interface ChatMessage {
  readonly role: string;
  readonly content?: string | readonly ChatPart[] | null;
  readonly tool_calls?: readonly unknown[] | null;
  readonly [field: string]: unknown;
}

export interface ChatPart {
  readonly type: string;
  readonly text?: string;
  readonly refusal?: string;
}

/** What templates expect: content is text, and the arguments of tool calls are objects. */
export type TemplateMessage = Readonly<Record<string, unknown>> & {
  readonly role: string;
  readonly content: string;
};

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'];

/**
 * @param developer whether the template knows that role; otherwise such messages are `system`
 * @throws EngineError bad_request
 */
export function templateMessages(messages: readonly ChatMessage[], developer: boolean): TemplateMessage[] {
  if (messages.length === 0) throw new EngineError('bad_request', 'messages must hold at least one message.');
  return messages.map((message, index) => {
    const where = `messages[${index}]`;
    // The role is never guarded against special tokens: it must be one of these.
    if (!ROLES.includes(message.role))
      throw new EngineError('bad_request', `${where}.role must be one of ${ROLES.join(', ')}.`);
    const { tool_calls: calls, ...rest } = message;
    return {
      ...rest,
      role: message.role === 'developer' && !developer ? 'system' : message.role,
      content: contentText(message.content ?? '', where),
      ...(calls && calls.length > 0 ? { tool_calls: calls.map(withParsedArguments) } : {}),
    };
  });
}

function contentText(content: string | readonly ChatPart[], where: string): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content))
    throw new EngineError('bad_request', `${where}.content must be a text or a list of parts.`);
  return content.map((part: ChatPart, index) => partText(part, `${where}.content[${index}]`)).join('\n');
}

function partText(part: ChatPart, where: string): string {
  const text = part.type === 'text' ? part.text : part.type === 'refusal' ? part.refusal : undefined;
  if (typeof text === 'string') return text;
  if (part.type === 'text' || part.type === 'refusal')
    throw new EngineError('bad_request', `${where} has no ${part.type}.`);
  throw new EngineError(
    'bad_request',
    `${where} is of type ${JSON.stringify(part.type)}: this model reads text only.`,
  );
}

/** The API has them as a text of JSON, which a template would write as JSON once more. */
function withParsedArguments(call: unknown): unknown {
  if (typeof call !== 'object' || call === null || !('function' in call)) return call;
  const fn = call.function;
  if (typeof fn !== 'object' || fn === null || !('arguments' in fn) || typeof fn.arguments !== 'string')
    return call;
  try {
    return { ...call, function: { ...fn, arguments: JSON.parse(fn.arguments) as unknown } };
  } catch {
    return call;
  }
}
