import type { Tool, ToolChoice } from '../../core/content.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Fields } from '../wire/fields.ts';
import { jsonSchemaOf } from './json-schema.ts';

/** Functions of all `tools`; a tool that runs at Google (search, code, …) is an extra. */
export function parseTools(fields: Fields, extras: Record<string, Json>): Tool[] {
  return fields.items('tools').flatMap((tool) => {
    const functions = tool.items('functionDeclarations').map((one) => parseFunction(one, extras));
    const others = tool.rest();
    if (Object.keys(others).length > 0)
      extras[tool.path] = Object.fromEntries(
        Object.entries(tool.whole()).filter(([key]) => key !== 'functionDeclarations'),
      );
    return functions;
  });
}

function parseFunction(declaration: Fields, extras: Record<string, Json>): Tool {
  const description = declaration.optionalString('description');
  const parameters = declaration.optionalJsonObject('parameters');
  const schema = declaration.optionalJsonObject('parametersJsonSchema');
  const tool: Tool = {
    name: declaration.string('name'),
    ...(description !== undefined && { description }),
    parameters: schema ?? (parameters ? jsonSchemaOf(parameters) : noParameters()),
  };
  Object.assign(extras, declaration.rest());
  return tool;
}

function noParameters(): JsonObject {
  return { type: 'object', properties: {} };
}

/** `toolConfig.functionCallingConfig`; VALIDATED is AUTO with enforced schemas. */
export function parseToolConfig(fields: Fields, extras: Record<string, Json>): ToolChoice | undefined {
  const toolConfig = fields.optionalObject('toolConfig');
  const config = toolConfig?.optionalObject('functionCallingConfig');
  if (!toolConfig) return undefined;
  const mode = config?.optionalString('mode')?.toUpperCase();
  const names = config?.optionalStrings('allowedFunctionNames') ?? [];
  const [only] = names;
  const isOne = mode === 'ANY' && names.length === 1;
  if (config && names.length > 0 && !isOne) extras[config.pathOf('allowedFunctionNames')] = names;
  Object.assign(extras, config?.rest(), toolConfig.rest());
  switch (mode) {
    case undefined:
    case 'MODE_UNSPECIFIED':
      return undefined;
    case 'AUTO':
    case 'VALIDATED':
      return { kind: 'auto' };
    case 'NONE':
      return { kind: 'none' };
    case 'ANY':
      return isOne && only !== undefined ? { kind: 'tool', name: only } : { kind: 'required' };
    default:
      throw config?.wrong('mode', 'one of AUTO, ANY, NONE, VALIDATED');
  }
}
