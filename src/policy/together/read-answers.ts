import type { OutputFormat } from '../../core/content.ts';
import { isObject, type Json } from '../../core/json.ts';

const FENCED = /^```(?:json)?[ \t]*\n([\s\S]*)\n```$/;

/**
 * The answers by item, each null where it is missing, told twice or not of the format asked for. Text that is no JSON
 * array answers nothing.
 */
export function readAnswers(text: string, items: number, format: OutputFormat['kind']): (string | null)[] {
  const found: (string | null)[] = Array.from({ length: items }, () => null);
  const seen = new Set<number>();
  for (const entry of arrayOf(text)) {
    if (!isObject(entry)) continue;
    const { id, answer } = entry;
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 1 || id > items) continue;
    found[id - 1] = seen.has(id) ? null : answerText(answer, format);
    seen.add(id);
  }
  return found;
}

function arrayOf(text: string): readonly unknown[] {
  const trimmed = text.trim();
  try {
    const read: unknown = JSON.parse(FENCED.exec(trimmed)?.[1] ?? trimmed);
    return Array.isArray(read) ? read : [];
  } catch {
    return [];
  }
}

function answerText(answer: Json | undefined, format: OutputFormat['kind']): string | null {
  if (format === 'json') return isObject(answer) ? JSON.stringify(answer) : null;
  if (typeof answer === 'number' || typeof answer === 'boolean') return String(answer);
  return typeof answer === 'string' && answer !== '' ? answer : null;
}
