import type { Dialect } from '../../core/dialect.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Part } from '../../core/part.ts';

/** Some servers tell an error with HTTP 200; it is read as if it had come with this status. */
const ERROR_STATUS = 500;

/** `read`, but an error body in the place of an answer is thrown as the error that it is. */
export function orError(
  dialect: Dialect,
  read: (body: JsonObject) => Iterable<Part>,
): (body: JsonObject) => Iterable<Part> {
  return (body) => {
    try {
      const parts = [...read(body)];
      if (parts.length > 0 || !isErrorBody(body)) return parts;
    } catch (error) {
      if (!isErrorBody(body)) throw error;
    }
    throw dialect.parseError(ERROR_STATUS, JSON.stringify(body));
  };
}

function isErrorBody(body: JsonObject): boolean {
  return isObject(body.error) || typeof body.error === 'string' || body.type === 'error';
}
