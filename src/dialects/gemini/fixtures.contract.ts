import { readFileSync } from 'node:fs';
import type { StreamEvent } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import { splitText } from '../dialect.contract.ts';

function read(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');
}

export function jsonFixture(name: string): JsonObject {
  return JSON.parse(read(name)) as JsonObject;
}

/** By the ending: SSE, or a JSON array. */
export function streamFixture(name: string): StreamEvent[] {
  return splitText(read(name), name.endsWith('.sse') ? 'sse' : 'json-array');
}
