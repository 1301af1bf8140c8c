import { reasons } from './models-that-reason.ts';
import { refusal } from './refuse.ts';
import type { ResponsesBody, ResponsesItem } from './responses-schema.ts';
import { strictProblem } from './strict-schema.ts';

/** What starts the encrypted thoughts that this simulated provider made itself. */
export const ENCRYPTED = 'simulated-openai:';

/** What the schema cannot say: rules across fields and items. @throws Refusal 400 */
export function checkResponsesRules(body: ResponsesBody): void {
  if (typeof body.input !== 'string') checkItems(body.input);
  checkTools(body);
  checkFormat(body);
  if (reasons(body.model)) {
    for (const param of ['temperature', 'top_p'] as const)
      if ((body[param] ?? null) !== null) throw unsupported(param);
  } else if (body.reasoning?.effort) {
    throw unsupported('reasoning.effort');
  }
}

function unsupported(param: string): Error {
  return refusal(`Unsupported parameter: '${param}' is not supported with this model.`, { param });
}

function checkItems(items: readonly ResponsesItem[]): void {
  const called = new Set<string>();
  const answered = new Set<string>();
  for (const [index, item] of items.entries()) {
    if (item.type === 'function_call') called.add(item.call_id);
    if (item.type === 'function_call_output') {
      answered.add(item.call_id);
      if (!called.has(item.call_id)) {
        throw refusal(`No tool call found for function call output with call_id ${item.call_id}.`, {
          param: 'input',
        });
      }
    }
    if (
      item.type === 'reasoning' &&
      item.encrypted_content &&
      !item.encrypted_content.startsWith(ENCRYPTED)
    ) {
      throw refusal(`The encrypted content for item ${item.id} could not be verified.`, {
        param: `input[${index}]`,
        code: 'invalid_encrypted_content',
      });
    }
  }
  for (const id of called) {
    if (!answered.has(id)) throw refusal(`No tool output found for function call ${id}.`, { param: 'input' });
  }
}

function checkTools({ tools, tool_choice }: ResponsesBody): void {
  if (typeof tool_choice === 'object') {
    const { name } = tool_choice;
    if (!tools?.some((tool) => tool.type === 'function' && tool.name === name)) {
      throw refusal(`Tool choice '${name}' not found in 'tools' parameter.`, { param: 'tool_choice' });
    }
  }
  for (const [index, tool] of (tools ?? []).entries()) {
    // Strict is the default of this API.
    const problem = tool.type === 'function' && tool.strict === true ? strictProblem(tool.parameters) : null;
    if (!problem || tool.type !== 'function') continue;
    throw refusal(`Invalid schema for function '${tool.name}': ${problem}`, {
      param: `tools[${index}].parameters`,
      code: 'invalid_function_parameters',
    });
  }
}

function checkFormat({ text, input, instructions }: ResponsesBody): void {
  const format = text?.format;
  if (format?.type === 'json_object' && !/json/i.test(JSON.stringify([input, instructions]))) {
    throw refusal(
      "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
      { param: 'input' },
    );
  }
  const problem = format?.type === 'json_schema' && format.strict ? strictProblem(format.schema) : null;
  if (!problem || format?.type !== 'json_schema') return;
  throw refusal(`Invalid schema for response_format '${format.name}': ${problem}`, {
    param: 'text.format.schema',
    code: 'invalid_json_schema',
  });
}
