import { isObject, type Json, type JsonObject } from '../../core/json.ts';

/** Keys that hold the whole result when they stand alone: the API's own, and the one that SDKs use. */
const ALONE: ReadonlySet<string> = new Set(['output', 'result', 'error']);

/**
 * `functionResponse.response` is an object; other APIs know only the text of a result.
 * @param name the function's: the Vercel AI SDK wraps a result as `{ name, content }`
 */
export function parseResult(
  response: JsonObject,
  name: string,
): { readonly text: string; readonly isError: boolean } {
  if (response['name'] === name && 'content' in response && Object.keys(response).length === 2)
    return { text: textOf(response['content'] ?? null), isError: false };
  const [key = '', ...others] = Object.keys(response);
  const isAlone = others.length === 0 && ALONE.has(key);
  const value: Json = (isAlone ? response[key] : response) ?? null;
  return { text: textOf(value), isError: isAlone && key === 'error' };
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The text of an object goes as that object, as far as it would be read back the same. */
export function formatResult(text: string, isError: boolean, name: string): JsonObject {
  if (isError) return { error: text };
  const object = text.startsWith('{') ? objectOf(text) : null;
  return object && JSON.stringify(object) === text && parseResult(object, name).text === text
    ? object
    : { output: text };
}

function objectOf(text: string): JsonObject | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : null;
  } catch {
    return null;
  }
}
