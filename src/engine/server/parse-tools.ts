import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { badRequest, unsupported } from './api-error.ts';

const MOST_TOOLS = 128;

/** Checks tools; they go into the model's template as they are. @throws ApiError */
export function parseTools(given: Json | undefined): JsonObject[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given) || given.length > MOST_TOOLS)
    throw badRequest('tools', `tools must be a list of at most ${MOST_TOOLS} tools.`);
  return (given as readonly Json[]).map((tool, index) => {
    const described = isObject(tool) ? tool['function'] : undefined;
    if (
      isObject(tool) &&
      tool['type'] === 'function' &&
      isObject(described) &&
      typeof described['name'] === 'string'
    )
      return tool;
    throw badRequest(
      `tools[${index}]`,
      `tools[${index}] must be {"type": "function", "function": {"name": …}}.`,
    );
  });
}

/** Whether tools may be called. The engine can not force a call. @throws ApiError */
export function parseToolChoice(body: JsonObject): 'auto' | 'none' {
  const given = body['tool_choice'] ?? 'auto';
  if (given === 'auto' || given === 'none') return given;
  throw unsupported('tool_choice', 'tool_choice must be "auto" or "none"; the engine can not force a call.');
}

export function toolName(tool: JsonObject): string {
  const described = tool['function'];
  return isObject(described) && typeof described['name'] === 'string' ? described['name'] : '';
}
