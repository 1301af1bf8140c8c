import type { BodyAttribution, Route } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { resourceName } from './route.ts';

/** Both stand in the path. */
export function identify(
  _body: JsonObject,
  { model, stream }: Route,
): { readonly model: string; readonly stream: boolean } {
  if (model === undefined || model === '')
    throw new CallError(
      'invalid_request',
      'The path must name a model: /v1beta/models/{model}:generateContent',
    );
  return { model, stream: stream ?? false };
}

/** Labels, which Google knows for billing, are tags here. */
export function attribution(body: JsonObject): BodyAttribution {
  const { labels } = body;
  const tags = Object.entries(isObject(labels) ? labels : {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return { user: null, tags: Object.fromEntries(tags) };
}

/** Some bodies repeat the model of the path, and Google insists that both are the same. */
export function modelFields(model: string, body: JsonObject = {}): JsonObject {
  const name = resourceName(model);
  const fields: Record<string, Json> = {};
  if (typeof body['model'] === 'string') fields['model'] = name;
  for (const key of ['generateContentRequest', 'generate_content_request']) {
    const inner = body[key];
    if (isObject(inner)) fields[key] = named(inner, name);
  }
  const { requests } = body;
  if (Array.isArray(requests))
    fields['requests'] = requests.map((request: Json) =>
      isObject(request) ? named(request, name) : request,
    );
  return fields;
}

function named(request: JsonObject, name: string): Json {
  return typeof request['model'] === 'string' ? { ...request, model: name } : request;
}
