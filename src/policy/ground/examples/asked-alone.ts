import { hash } from 'node:crypto';
import type { OutputFormat, Prompt } from '../../../core/content.ts';
import type { JsonObject } from '../../../core/json.ts';
import { canonical } from '../../cache/exact/canonical.ts';
import { statefulField } from '../../cache/exact/request-fields.ts';

/** A question that stands for itself: it may have examples, and be one. */
export interface AskedAlone {
  readonly question: string;
  /** Names the form of the answer that is asked for. */
  readonly format: string;
}

/** Gives a text that says why the call's question does not stand for itself. */
export function askedAlone(prompt: Prompt, body: JsonObject = {}): AskedAlone | string {
  if (prompt.tools.length > 0) return 'it brings tools';
  if (statefulField(body) !== null || typeof body['previous_response_id'] === 'string')
    return 'it goes on with a conversation that its provider keeps';
  const turns = prompt.messages.filter(({ role }) => role !== 'system');
  const [turn] = turns;
  if (turns.length !== 1 || turn?.role !== 'user') return 'its question is part of a conversation';
  const texts: string[] = [];
  for (const content of turn.content) {
    if (content.type !== 'text') return 'its question is more than text';
    // Examples stand before the question: the provider would not find again what it was asked to keep of it.
    if (content.cache) return 'its question has a part that the provider is asked to cache';
    texts.push(content.text);
  }
  const question = texts.join('\n').trim();
  return question === '' ? 'it asks nothing' : { question, format: formatName(prompt.format) };
}

/** Answers in one form are no examples for another. */
function formatName(format: OutputFormat): string {
  if (format.kind !== 'json-schema') return format.kind;
  return `schema ${hash('sha256', canonical(format.schema)).slice(0, 32)}`;
}
