import type { Json } from '../../core/json.ts';
import type { Fields } from './fields.ts';

/** Gathers what a parser met and could not say in core terms. */
export interface ExtrasCollector {
  /** Keeps a value under the path where it stood. */
  keep(path: string, value: Json): void;
  /** Keeps the fields that nobody read. */
  keepRest(fields: Fields): void;
  all(): Record<string, Json>;
}

/** @param defaults top-level values that ask for nothing special and are not kept */
export function collectExtras(defaults: Readonly<Record<string, Json>> = {}): ExtrasCollector {
  const kept = new Map<string, Json>();
  const keep = (path: string, value: Json): void => {
    if (Object.hasOwn(defaults, path) && JSON.stringify(defaults[path]) === JSON.stringify(value)) return;
    kept.set(path, value);
  };
  return {
    keep,
    keepRest: (fields) => {
      for (const [path, value] of Object.entries(fields.rest())) keep(path, value);
    },
    all: () => Object.fromEntries(kept),
  };
}
