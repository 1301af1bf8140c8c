import { CallError } from '../../core/errors.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

/** @throws CallError `upstream_garbage` */
export function parseObject(provider: string, text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CallError('upstream_garbage', `${provider} answered with what is no JSON.`, { cause });
  }
  if (!isObject(value))
    throw new CallError('upstream_garbage', `${provider} answered with JSON that is no object.`);
  return value;
}
