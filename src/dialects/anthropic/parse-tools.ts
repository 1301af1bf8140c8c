import type { Prompt, Tool, ToolChoice } from '../../core/content.ts';
import type { Json } from '../../core/json.ts';
import type { Fields } from '../wire/fields.ts';
import { parseCacheMark } from './parse-cache-mark.ts';

/** Tools that run at Anthropic or have a schema of its own (`web_search_…`, `bash_…`) are extras. */
export function parseTools(fields: Fields, extras: Record<string, Json>): Tool[] {
  return fields.items('tools').flatMap((tool): Tool[] => {
    const type = tool.optionalString('type');
    if (type !== undefined && type !== 'custom') {
      extras[tool.path] = tool.whole();
      return [];
    }
    const description = tool.optionalString('description');
    const strict = tool.optionalBoolean('strict');
    const parsed: Tool = {
      name: tool.string('name'),
      ...(description !== undefined && { description }),
      parameters: tool.object('input_schema').whole(),
      ...(strict !== undefined && { strict }),
      ...parseCacheMark(tool),
    };
    Object.assign(extras, tool.rest());
    return [parsed];
  });
}

export function parseToolChoice(
  fields: Fields,
  extras: Record<string, Json>,
): Pick<Prompt, 'toolChoice' | 'parallelToolCalls'> {
  const choice = fields.optionalObject('tool_choice');
  if (!choice) return {};
  const serial = choice.optionalBoolean('disable_parallel_tool_use');
  const toolChoice = parseKind(choice);
  Object.assign(extras, choice.rest());
  return { toolChoice, ...(serial !== undefined && { parallelToolCalls: !serial }) };
}

function parseKind(choice: Fields): ToolChoice {
  switch (choice.string('type')) {
    case 'auto':
      return { kind: 'auto' };
    case 'any':
      return { kind: 'required' };
    case 'none':
      return { kind: 'none' };
    case 'tool':
      return { kind: 'tool', name: choice.string('name') };
    default:
      throw choice.wrong('type', 'one of auto, any, tool, none');
  }
}
