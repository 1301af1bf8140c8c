import type { Json, JsonObject } from '../../core/json.ts';
import { badRequest } from './api-error.ts';

/** Reads one request's fields; null stands for a field left out, as in OpenAI's API. @throws ApiError */
export interface Fields {
  number(name: string, least: number, most: number): number | null;
  integer(name: string, least: number, most: number): number | null;
  boolean(name: string): boolean | null;
  string(name: string): string | null;
  value(name: string): Json | null;
}

export function fieldsOf(body: JsonObject, prefix = ''): Fields {
  const value = (name: string): Json | null => body[name] ?? null;
  const number = (name: string, least: number, most: number, kind = 'a number'): number | null => {
    const given = value(name);
    if (given === null) return null;
    if (typeof given !== 'number' || !Number.isFinite(given) || given < least || given > most)
      throw badRequest(prefix + name, `${prefix}${name} must be ${kind} from ${least} to ${most}.`);
    return given;
  };
  return {
    value,
    number: (name, least, most) => number(name, least, most),
    integer: (name, least, most) => {
      const given = number(name, least, most, 'a whole number');
      if (given !== null && !Number.isInteger(given))
        throw badRequest(prefix + name, `${prefix}${name} must be a whole number from ${least} to ${most}.`);
      return given;
    },
    boolean: (name) => {
      const given = value(name);
      if (given === null || typeof given === 'boolean') return given;
      throw badRequest(prefix + name, `${prefix}${name} must be true or false.`);
    },
    string: (name) => {
      const given = value(name);
      if (given === null || typeof given === 'string') return given;
      throw badRequest(prefix + name, `${prefix}${name} must be text.`);
    },
  };
}
