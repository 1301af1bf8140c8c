import { isObject, type Json, type JsonObject } from '../../core/json.ts';

/** Keys that hold the whole result when they stand alone: the API's own, and the one that SDKs use. */
const ALONE: ReadonlySet<string> = new Set(['output', 'result', 'error']);

/** `functionResponse.response` is an object; other APIs know only the text of a result. */
export function parseResult(response: JsonObject): { readonly text: string; readonly isError: boolean } {
  const [key = '', ...others] = Object.keys(response);
  const isAlone = others.length === 0 && ALONE.has(key);
  const value: Json = (isAlone ? response[key] : response) ?? null;
  return {
    text: typeof value === 'string' ? value : JSON.stringify(value),
    isError: isAlone && key === 'error',
  };
}

/** The text of an object goes as that object, as far as it would be read back the same. */
export function formatResult(text: string, isError: boolean): JsonObject {
  if (isError) return { error: text };
  const object = text.startsWith('{') ? objectOf(text) : null;
  return object && JSON.stringify(object) === text && parseResult(object).text === text
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
