import type { BodyAttribution } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

/** @throws CallError `invalid_request` with `param` */
export function identify(body: JsonObject): { readonly model: string; readonly stream: boolean } {
  const { model, stream } = body;
  if (typeof model !== 'string' || model === '')
    throw new CallError('invalid_request', 'model is missing; it must be the name of a model.', {
      param: 'model',
    });
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean')
    throw new CallError('invalid_request', 'stream must be true or false.', { param: 'stream' });
  return { model, stream: stream === true };
}

/** The end user and the metadata. Never throws: what is malformed is reported when the request is parsed. */
export function attribution(body: JsonObject): BodyAttribution {
  const { user, safety_identifier, metadata } = body;
  const named = [user, safety_identifier].find((name) => typeof name === 'string' && name !== '');
  const tags = isObject(metadata)
    ? Object.entries(metadata).flatMap(([key, value]) =>
        typeof value === 'string' ? [[key, value] as const] : [],
      )
    : [];
  return { user: typeof named === 'string' ? named : null, tags: Object.fromEntries(tags) };
}
