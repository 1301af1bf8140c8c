import type { Call } from '../../core/call.ts';
import type { Prompt } from '../../core/content.ts';
import { CallError } from '../../core/errors.ts';
import { lastUserText } from '../../text/prompt-text.ts';
import { classify } from '../compress/task-class.ts';

/** What a call is for, and who says so. */
export interface Task {
  readonly name: string;
  /** `header`, `alias`, or the rule that told it. */
  readonly from: string;
}

/** How a task may be called. */
export const TASK_NAME = /^[a-z0-9][a-z0-9._-]{0,39}$/;

const TRANSLATE = /\btranslat(?:e|ion)\b|翻訳|訳して/i;
/** Of each end of a long text: as much as the rules look at, and a little more, so that they see that it is long. */
const LOOKED_AT = 8_001;

/**
 * The task that the client or the alias declares; else by rules, the first that holds.
 * @throws CallError `invalid_request` for a header that names no task
 */
export function taskOf(call: Call, prompt: Prompt | null): Task {
  const declared = call.wire.headers['x-illm-task'];
  if (declared !== undefined) return { name: taskName(declared), from: 'header' };
  const { task } = call.plan.route;
  if (task !== null) return { name: task, from: 'alias' };
  if (call.operation === 'embed') return { name: 'embedding', from: 'rule: makes vectors' };
  if (!prompt) return { name: 'other', from: 'rule: its content is not known' };
  if (prompt.tools.length > 0) return { name: 'tools', from: 'rule: brings tools' };
  if (prompt.format.kind !== 'text') return { name: 'extraction', from: 'rule: asks for JSON' };
  const text = lastUserText(prompt, LOOKED_AT);
  if (TRANSLATE.test(text)) return { name: 'translation', from: 'rule: asks for a translation' };
  const { task: name, from } = classify(text, null);
  return { name, from };
}

function taskName(header: string): string {
  const name = header.trim().toLowerCase();
  if (TASK_NAME.test(name)) return name;
  throw new CallError(
    'invalid_request',
    `x-illm-task must be a word such as "code", of at most 40 letters, digits, ".", "_" and "-"; it is ${JSON.stringify(header.slice(0, 60))}.`,
    { param: 'x-illm-task' },
  );
}
