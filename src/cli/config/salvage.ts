import type { z } from 'zod';
import { isObject } from '../../core/json.ts';
import type { ConfigFile, fileSchema } from './file-schema.ts';

const MOST_ROUNDS = 20;

/** What is well formed in a file that is not, so that the errors of meaning in it are told together with the others. */
export function salvage(raw: unknown, schema: ReturnType<typeof fileSchema>): ConfigFile {
  const rest: unknown = isObject(raw) ? structuredClone(raw) : {};
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const result = schema.safeParse(rest);
    if (result.success) return result.data;
    for (const issue of result.error.issues) for (const path of badPaths(issue)) remove(rest, path);
  }
  return schema.parse({});
}

function badPaths(issue: z.core.$ZodIssue): PropertyKey[][] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...issue.path, key]);
  return [issue.path];
}

/** Removes what stands at a path: the whole list for an element, and what is around it when it is not there. */
function remove(root: unknown, path: readonly PropertyKey[]): void {
  for (let length = path.length; length > 0; length--) {
    const last = path[length - 1];
    const parent = path.slice(0, length - 1).reduce<unknown>(child, root);
    if (typeof last === 'number' || !isObject(parent) || last === undefined || !(last in parent)) continue;
    Reflect.deleteProperty(parent, last);
    return;
  }
}

function child(parent: unknown, step: PropertyKey): unknown {
  return typeof parent === 'object' && parent !== null ? Reflect.get(parent, step) : undefined;
}
