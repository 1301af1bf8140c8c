import type { Prompt, Tool, ToolChoice } from '../../core/content.ts';
import { compact, type JsonObject } from '../../core/json.ts';
import type { Warnings } from '../wire/warnings.ts';
import { TITLE } from './owner.ts';

export function formatTools(tools: readonly Tool[]): JsonObject[] | undefined {
  if (tools.length === 0) return undefined;
  const functionDeclarations = tools.map(({ name, description, parameters }) =>
    compact({ name, description, parametersJsonSchema: parameters }),
  );
  return [{ functionDeclarations }];
}

/** Strictness is told for all functions at once: VALIDATED is AUTO with enforced schemas; ANY enforces them anyway. */
export function formatToolConfig(prompt: Prompt, warnings: Warnings): JsonObject | undefined {
  const { tools, toolChoice, parallelToolCalls } = prompt;
  if (tools.length === 0) return undefined;
  if (parallelToolCalls === false) warnings.add(`parallel_tool_calls: ${TITLE} cannot forbid them`);
  const isStrict = tools.some((tool) => tool.strict === true);
  if (tools.some((tool) => tool.strict !== undefined))
    warnings.add(
      `tools.strict: ${TITLE} has it for all tools together, ${isStrict ? 'sent as VALIDATED' : 'not sent'}`,
    );
  const config = callingConfig(toolChoice, isStrict);
  return config && { functionCallingConfig: config };
}

function callingConfig(choice: ToolChoice | undefined, isStrict: boolean): JsonObject | undefined {
  switch (choice?.kind) {
    case 'none':
      return { mode: 'NONE' };
    case 'required':
      return { mode: 'ANY' };
    case 'tool':
      return { mode: 'ANY', allowedFunctionNames: [choice.name] };
    case 'auto':
      return { mode: isStrict ? 'VALIDATED' : 'AUTO' };
    case undefined:
      return isStrict ? { mode: 'VALIDATED' } : undefined;
  }
}
