import type { Answer } from '../../../core/answer.ts';
import type { Prompt } from '../../../core/content.ts';
import type { CascadeRules } from '../../../core/plan/route.ts';
import { misfit } from './misfit.ts';

const REFUSAL =
  /^\W*(?:(?:i(?:'|’)?m|i am) (?:very |really |so |truly )?(?:sorry|afraid|unable|not able)|i (?:can(?:'|’)?t|cannot|can not|won(?:'|’)?t|am unable|do(?:n(?:'|’)t| not) (?:know|have (?:enough|access)))|as an ai\b|unfortunately,? i|sorry,? (?:but )?i|申し訳(?:ございません|ありません)|(?:すみません|お答え)|わかりません|分かりません)/i;

/** Why an answer is not trusted; null when no rule objects. The rules are simple, so that people can foresee them. */
export function objection(answer: Answer, prompt: Prompt, rules: CascadeRules): string | null {
  const text = textOf(answer);
  const calls = answer.content.filter((block) => block.type === 'tool-call');
  if (text.trim() === '' && calls.length === 0) return 'it is empty';
  if (rules.cutOff && answer.finish.reason === 'length') return 'it was cut off at its maximum length';
  if (rules.refusal && answer.finish.reason === 'content-filter') return 'it was withheld by a filter';
  if (calls.length > 0) {
    const broken = rules.invalidJson && calls.find((call) => !isJson(call.arguments));
    return broken ? `its call of ${broken.name} has arguments that are no JSON` : null;
  }
  if (rules.refusal && REFUSAL.test(text)) return 'it refuses';
  if (text.trim().length < rules.minChars)
    return `it has ${text.trim().length} characters, of at least ${rules.minChars}`;
  return rules.invalidJson ? formatObjection(text, prompt) : null;
}

export function textOf({ content }: Answer): string {
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

function formatObjection(text: string, { format }: Prompt): string | null {
  if (format.kind === 'text') return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it is no JSON';
  }
  const wrong = format.kind === 'json-schema' ? misfit(value, format.schema) : null;
  return wrong === null ? null : `its JSON does not fit the schema: ${wrong}`;
}

function isJson(text: string): boolean {
  if (text.trim() === '') return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
