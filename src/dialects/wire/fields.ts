import { CallError } from '../../core/errors.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';

/** Whose mistake a wrong field is: a client's request fails with `invalid_request`, a provider's answer with `upstream_garbage`. */
export type Author = 'client' | 'provider';

/**
 * Reads one JSON object field by field and remembers which it read, so that `rest` tells what nobody understood.
 * `null` counts as absent. A field of the wrong type throws a CallError whose `param` is its path: `messages[2].role`.
 */
export class Fields {
  readonly #object: JsonObject;
  readonly #author: Author;
  readonly #read = new Set<string>();
  /** Path of this object from the top of the body; empty for the body itself. */
  readonly path: string;

  constructor(object: JsonObject, path = '', author: Author = 'client') {
    this.#object = object;
    this.#author = author;
    this.path = path;
  }

  /** The value itself, undefined when absent or null. */
  json(key: string): Json | undefined {
    this.#read.add(key);
    return Object.hasOwn(this.#object, key) ? (this.#object[key] ?? undefined) : undefined;
  }

  string(key: string): string {
    return this.optionalString(key) ?? this.#missing(key, 'a string');
  }

  optionalString(key: string): string | undefined {
    const value = this.json(key);
    if (value === undefined || typeof value === 'string') return value;
    throw this.wrong(key, 'a string');
  }

  /** A finite number. */
  optionalNumber(key: string): number | undefined {
    const value = this.json(key);
    if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value;
    throw this.wrong(key, 'a number');
  }

  optionalInteger(key: string): number | undefined {
    const value = this.json(key);
    if (value === undefined || (typeof value === 'number' && Number.isInteger(value))) return value;
    throw this.wrong(key, 'a whole number');
  }

  optionalBoolean(key: string): boolean | undefined {
    const value = this.json(key);
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.wrong(key, 'true or false');
  }

  optionalOneOf<T extends string>(key: string, values: readonly T[]): T | undefined {
    const value = this.json(key);
    const found = values.find((candidate) => candidate === value);
    if (value !== undefined && found === undefined) throw this.wrong(key, `one of ${values.join(', ')}`);
    return found;
  }

  /** A plain JSON object, not looked into. */
  optionalJsonObject(key: string): JsonObject | undefined {
    const value = this.json(key);
    if (value === undefined || isObject(value)) return value;
    throw this.wrong(key, 'an object');
  }

  object(key: string): Fields {
    return this.optionalObject(key) ?? this.#missing(key, 'an object');
  }

  optionalObject(key: string): Fields | undefined {
    const value = this.optionalJsonObject(key);
    return value && new Fields(value, this.pathOf(key), this.#author);
  }

  array(key: string): readonly Json[] {
    return this.optionalArray(key) ?? this.#missing(key, 'an array');
  }

  optionalArray(key: string): readonly Json[] | undefined {
    const value = this.json(key);
    if (value === undefined || Array.isArray(value)) return value;
    throw this.wrong(key, 'an array');
  }

  /** An array of objects; absent is empty. */
  items(key: string): Fields[] {
    return (this.optionalArray(key) ?? []).map((item, index) => {
      if (isObject(item)) return new Fields(item, `${this.pathOf(key)}[${index}]`, this.#author);
      throw this.wrong(`${key}[${index}]`, 'an object');
    });
  }

  /** An array of strings. */
  optionalStrings(key: string): string[] | undefined {
    return this.optionalArray(key)?.map((item, index) => {
      if (typeof item === 'string') return item;
      throw this.wrong(`${key}[${index}]`, 'a string');
    });
  }

  /** The object as it came. */
  whole(): JsonObject {
    return this.#object;
  }

  /** Fields that were not read and are not null, by path. */
  rest(): Record<string, Json> {
    const unread = Object.entries(this.#object).filter(([key]) => !this.#read.has(key));
    return Object.fromEntries(
      unread.flatMap(([key, value]) =>
        value === undefined || value === null ? [] : [[this.pathOf(key), value]],
      ),
    );
  }

  pathOf(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }

  /** The error for a field that is not what it must be. */
  wrong(key: string, expected: string): CallError {
    return this.#error(key, `${this.pathOf(key)} must be ${expected}.`);
  }

  #missing(key: string, expected: string): never {
    throw this.#error(key, `${this.pathOf(key)} is missing; it must be ${expected}.`);
  }

  #error(key: string, message: string): CallError {
    if (this.#author === 'client')
      return new CallError('invalid_request', message, { param: this.pathOf(key) });
    return new CallError('upstream_garbage', `The provider's answer is no answer of its API: ${message}`);
  }
}
