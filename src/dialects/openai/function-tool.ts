import type { Tool } from '../../core/content.ts';
import { compact, type JsonObject } from '../../core/json.ts';
import type { Fields } from '../wire/fields.ts';
import { parseCacheMark } from './parse-cache-mark.ts';

const NO_ARGUMENTS: JsonObject = { type: 'object', properties: {} };

/** The fields that describe a function, which stand at different depths in the two APIs. */
export function parseFunctionTool(fields: Fields): Tool {
  const description = fields.optionalString('description');
  const strict = fields.optionalBoolean('strict');
  return {
    name: fields.string('name'),
    parameters: fields.optionalJsonObject('parameters') ?? NO_ARGUMENTS,
    ...(description !== undefined && { description }),
    ...(strict !== undefined && { strict }),
    ...parseCacheMark(fields),
  };
}

export function formatFunctionTool({ name, description, parameters, strict }: Tool): JsonObject {
  return compact({ name, description, parameters, strict });
}
