import { isObject, type Json, type JsonObject } from '../core/json.ts';

const REFERENCE = /"\$ref":"#\/components\/schemas\/([^"]+)"/g;

/**
 * An OpenAPI document without the component schemas that nothing refers to. The generator makes each one twice, as it
 * is sent and as it is received, and gives them ids that are no URIs.
 */
export function withoutUnusedSchemas(document: JsonObject): JsonObject {
  const { components, ...rest } = document;
  if (!isObject(components) || !isObject(components['schemas'])) return document;
  const all = components['schemas'];
  const used = new Set<string>();
  const visit = (part: Json | undefined): void => {
    for (const [, name = ''] of JSON.stringify(part ?? null).matchAll(REFERENCE)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(all[name]);
    }
  };
  visit(rest);
  const schemas = Object.fromEntries(
    Object.entries(all).flatMap(([name, schema]) => (used.has(name) ? [[name, plain(schema)]] : [])),
  );
  return { ...rest, components: { ...components, schemas } };
}

function plain(schema: Json | undefined): Json | undefined {
  if (!isObject(schema)) return schema;
  const { $schema: _schema, $id: _id, ...rest } = schema;
  return rest;
}
