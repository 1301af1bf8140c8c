import type { Json, JsonObject } from '../../core/json.ts';
import { setTopLevel } from '../../dialects/wire/json-splice.ts';

const CLOSE_BRACE = 0x7d;

/**
 * The body with these top-level fields set, and every byte that need not change as it was.
 * @param bytes of a JSON object that is not empty
 * @param parsed the same body, parsed
 */
export function withFields(bytes: Uint8Array, parsed: JsonObject, fields: JsonObject): Uint8Array {
  const changed: Record<string, Json> = {};
  let replaces = false;
  let added = '';
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined || parsed[name] === value) continue;
    changed[name] = value;
    if (Object.hasOwn(parsed, name)) replaces = true;
    else added += `,${JSON.stringify(name)}:${JSON.stringify(value)}`;
  }
  if (replaces) return setTopLevel(bytes, changed);
  return added === '' ? bytes : withEnd(bytes, added);
}

/** What is only added goes to the end, where no search through the prompt is needed. */
function withEnd(bytes: Uint8Array, added: string): Uint8Array {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = body.lastIndexOf(CLOSE_BRACE);
  return Buffer.concat([body.subarray(0, end), Buffer.from(added), body.subarray(end)]);
}
