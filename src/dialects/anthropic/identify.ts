import type { BodyAttribution } from '../../core/dialect.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { Fields } from '../wire/fields.ts';

/** Model and streaming as the body asks. @throws CallError `invalid_request` */
export function identify(body: JsonObject): { readonly model: string; readonly stream: boolean } {
  const fields = new Fields(body);
  const model = fields.string('model');
  if (model === '') throw fields.wrong('model', 'the name of a model');
  return { model, stream: fields.optionalBoolean('stream') ?? false };
}

export function attribution(body: JsonObject): BodyAttribution {
  const metadata = isObject(body['metadata']) ? body['metadata'] : {};
  const user = metadata['user_id'];
  return { user: typeof user === 'string' && user !== '' ? user : null, tags: {} };
}
