import type { OutputFormat } from '../../core/content.ts';
import { compact, type JsonObject } from '../../core/json.ts';
import type { Fields } from '../wire/fields.ts';

type JsonSchemaFormat = Extract<OutputFormat, { kind: 'json-schema' }>;

/** The fields that describe a JSON schema, which stand at different depths in the two APIs. */
export function parseJsonSchemaFormat(fields: Fields): JsonSchemaFormat {
  const description = fields.optionalString('description');
  const strict = fields.optionalBoolean('strict');
  return {
    kind: 'json-schema',
    name: fields.string('name'),
    schema: fields.optionalJsonObject('schema') ?? {},
    ...(description !== undefined && { description }),
    ...(strict !== undefined && { strict }),
  };
}

export function formatJsonSchemaFormat({ name, description, schema, strict }: JsonSchemaFormat): JsonObject {
  return compact({ name, description, schema, strict });
}
