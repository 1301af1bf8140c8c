import type { Call } from '../../core/call.ts';
import type { Prompt } from '../../core/content.ts';
import type { Dialect, Formatted } from '../../core/dialect.ts';
import { isObject, type Json } from '../../core/json.ts';

/**
 * A request in the client's own dialect, which a stage may have rewritten: fields and elements of lists that say the same
 * as before stay as the client wrote them, with whatever only its dialect knows; the others are written anew. Null where
 * the dialect has no such request.
 */
export function rewrittenBody(call: Call, dialect: Dialect, model: string): Formatted | null {
  const format = formatOf(call, dialect, model);
  const written = call.body;
  if (!format || !written) return null;
  if (!call.rewritten) return { body: written, warnings: [] };
  const received = call.received();
  const before = format({ ...received, extras: {} }).body;
  const { body: after, warnings } = format({ ...call.prompt(), extras: {} });
  const body: Record<string, Json | undefined> = { ...written };
  const replaced = new Set<string>();
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const value = after[name];
    if (same(before[name], value)) continue;
    const spelling = name in written ? name : snakeCase(name);
    delete body[spelling];
    if (value !== undefined)
      body[name] = withOriginals(spelling, written[spelling], before[name], value, replaced);
  }
  const lost = Object.keys(received.extras).filter((path) => isWithin(path, replaced));
  return {
    body,
    warnings: [...warnings, ...lost.map((path) => `${path}: left out, as its part was rewritten`)],
  };
}

function formatOf(call: Call, dialect: Dialect, model: string): ((prompt: Prompt) => Formatted) | null {
  const { count, generate } = dialect;
  if (call.operation === 'count-tokens' && count) return (prompt) => count.formatRequest(prompt, model);
  if (call.operation === 'generate' && generate)
    return (prompt) => generate.formatRequest(prompt, model, call.stream);
  return null;
}

/** The new value, with the client's own wording of what has not changed in it. */
function withOriginals(
  name: string,
  written: Json | undefined,
  before: Json | undefined,
  after: Json,
  replaced: Set<string>,
): Json {
  const grown = withAdded(written, before, after);
  if (grown !== null) return grown;
  if (
    !Array.isArray(written) ||
    !Array.isArray(before) ||
    !Array.isArray(after) ||
    written.length !== before.length
  ) {
    replaced.add(name);
    return after;
  }
  const originals = new Map<string, number[]>();
  before.forEach((element, index) => {
    const text = JSON.stringify(element);
    originals.set(text, [...(originals.get(text) ?? []), index]);
  });
  const kept = new Set<number>();
  const merged = after.map((element): Json => {
    const index = originals.get(JSON.stringify(element))?.shift();
    if (index === undefined) return element;
    kept.add(index);
    return written[index] ?? element;
  });
  written.forEach((_, index) => {
    if (!kept.has(index)) replaced.add(`${name}[${index}]`);
  });
  return merged;
}

/** The list or object as the client wrote it, with what is new at its end; null where more has changed than that. */
function withAdded(written: Json | undefined, before: Json | undefined, after: Json): Json | null {
  if (Array.isArray(written) && Array.isArray(after)) {
    const old = before ?? [];
    const isSame = Array.isArray(old) && old.every((element: Json, index) => same(element, after[index]));
    return isSame ? [...(written as readonly Json[]), ...(after as readonly Json[]).slice(old.length)] : null;
  }
  if (!isObject(written) || !isObject(after)) return null;
  const old = before ?? {};
  if (!isObject(old) || !Object.entries(old).every(([name, value]) => same(value, after[name]))) return null;
  const added = Object.entries(after).filter(([name]) => old[name] === undefined);
  const kept = Object.entries(written).filter(
    ([name]) => !added.some(([other]) => name === other || name === snakeCase(other)),
  );
  return Object.fromEntries([...kept, ...added]);
}

/** Whether a path of extras leads into one of these: `messages[2].name` is within `messages[2]`. */
function isWithin(path: string, replaced: ReadonlySet<string>): boolean {
  return [...replaced].some(
    (part) => path.startsWith(part) && (path.length === part.length || /[.[]/.test(path[part.length] ?? '')),
  );
}

function same(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** Gemini's fields may be spelled both ways. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The request as it must be sent where its answer is read and not relayed: whether it streams is ours to say. */
export function typedBody(call: Call, dialect: Dialect, model: string): Formatted | null {
  const formatted = rewrittenBody(call, dialect, model);
  const plain = formatted && formatOf(call, dialect, model)?.({ ...call.prompt(), extras: {} }).body;
  if (!formatted || !plain) return null;
  const body: Record<string, Json | undefined> = {
    ...formatted.body,
    ...dialect.modelFields(model, formatted.body),
  };
  for (const name of ['stream', 'stream_options']) {
    delete body[name];
    const value = plain[name];
    if (value !== undefined) body[name] = value;
  }
  return { ...formatted, body };
}
