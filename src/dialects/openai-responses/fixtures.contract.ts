import { readFileSync } from 'node:fs';
import type { StreamEvent } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import { splitText } from '../dialect.contract.ts';

const text = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');

export function jsonFixture(name: string): JsonObject {
  return JSON.parse(text(name)) as JsonObject;
}

export function streamFixture(name: string): StreamEvent[] {
  return splitText(text(name), 'sse');
}
