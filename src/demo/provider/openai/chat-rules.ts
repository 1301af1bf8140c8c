import type { ChatBody, ChatMessage } from './chat-schema.ts';
import { reasons } from './models-that-reason.ts';
import { refusal } from './refuse.ts';
import { strictProblem } from './strict-schema.ts';

/** What the schema of a chat request cannot say: rules across fields and across messages. @throws Refusal 400 */
export function checkChatRules(body: ChatBody): void {
  checkToolTurns(body.messages);
  checkTools(body);
  checkFormat(body);
  if (body.stream_options && !body.stream) {
    throw refusal("The 'stream_options' parameter is only allowed when 'stream' is enabled.", {
      param: 'stream_options',
    });
  }
}

/** The rules of the models that OpenAI itself serves; compatible servers do not have them. @throws Refusal 400 */
export function checkReasoningModel(body: ChatBody): void {
  if (!reasons(body.model)) {
    if (body.reasoning_effort) throw refusal('Unrecognized request argument supplied: reasoning_effort');
    return;
  }
  if (body.max_tokens) {
    throw unsupported('max_tokens', "Use 'max_completion_tokens' instead.");
  }
  for (const name of ['temperature', 'top_p'] as const) {
    const value = body[name];
    if (value !== undefined && value !== null && value !== 1) {
      throw refusal(
        `Unsupported value: '${name}' does not support ${value} with this model. Only the default (1) value is supported.`,
        { param: name, code: 'unsupported_value' },
      );
    }
  }
  for (const name of ['stop', 'presence_penalty', 'frequency_penalty', 'logprobs'] as const) {
    if (body[name]) throw unsupported(name, 'Remove it.');
  }
}

function unsupported(param: string, remedy: string): Error {
  return refusal(`Unsupported parameter: '${param}' is not supported with this model. ${remedy}`, {
    param,
    code: 'unsupported_parameter',
  });
}

/** Every tool call is answered right after it, and nothing is answered that was not called. */
function checkToolTurns(messages: readonly ChatMessage[]): void {
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id)) {
        throw refusal(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          { param: `messages.[${index}].role` },
        );
      }
      continue;
    }
    if (open.size > 0) throw unanswered(open, index);
    open = new Set(message.role === 'assistant' ? (message.tool_calls ?? []).map(({ id }) => id) : []);
    if (message.role === 'assistant' && open.size === 0 && !saysSomething(message)) {
      throw refusal(`Invalid value for 'content': expected a string, got null.`, {
        param: `messages.[${index}].content`,
      });
    }
  }
  if (open.size > 0) throw unanswered(open, messages.length);
}

function saysSomething({ content, refusal }: ChatMessage & { readonly role: 'assistant' }): boolean {
  return (content ?? refusal ?? null) !== null;
}

function unanswered(open: ReadonlySet<string>, index: number): Error {
  return refusal(
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
      `The following tool_call_ids did not have response messages: ${[...open].join(', ')}`,
    { param: `messages.[${index}].role` },
  );
}

function checkTools({ tools, tool_choice, parallel_tool_calls }: ChatBody): void {
  if (!tools) {
    for (const [name, value] of Object.entries({ tool_choice, parallel_tool_calls })) {
      if (value === undefined) continue;
      throw refusal(`Invalid value for '${name}': '${name}' is only allowed when 'tools' are specified.`, {
        param: name,
      });
    }
    return;
  }
  if (typeof tool_choice === 'object') {
    const { name } = tool_choice.function;
    if (!tools.some((tool) => tool.function.name === name)) {
      throw refusal(`Tool choice '${name}' not found in 'tools' parameter.`, { param: 'tool_choice' });
    }
  }
  for (const [index, tool] of tools.entries()) {
    const problem = tool.function.strict ? strictProblem(tool.function.parameters) : null;
    if (!problem) continue;
    throw refusal(`Invalid schema for function '${tool.function.name}': ${problem}`, {
      param: `tools[${index}].function.parameters`,
      code: 'invalid_function_parameters',
    });
  }
}

function checkFormat({ response_format: format, messages }: ChatBody): void {
  if (
    format?.type === 'json_object' &&
    !/json/i.test(JSON.stringify(messages.map(({ content }) => content)))
  ) {
    throw refusal(
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      { param: 'messages' },
    );
  }
  if (format?.type !== 'json_schema') return;
  const { name, schema, strict } = format.json_schema;
  const problem = strict ? strictProblem(schema) : null;
  if (!problem) return;
  throw refusal(`Invalid schema for response_format '${name}': ${problem}`, { param: 'response_format' });
}
