import type { Prompt } from '../../../core/content.ts';
import type { NewExample } from '../../../core/examples.ts';
import type { Feedback } from '../../../core/feedback.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { ExampleSettings } from '../../../core/plan/ground.ts';
import { ANY_TASK } from '../../../core/plan/route.ts';
import type { CallRecord } from '../../../core/record.ts';
import { askedAlone } from './asked-alone.ts';
import { lengthOf } from './choose-examples.ts';
import { SKIPPED } from './examples-stage.ts';

/** A finished call's content, read from its stored bodies. */
export interface Exchange {
  readonly body: JsonObject;
  readonly prompt: Prompt;
  readonly answer: string;
}

const REDACTED = '[redacted]';

/**
 * The example that a rated call makes; else a text that says why it makes none.
 * @param exchange what was stored of it; a text that says why it cannot be read
 */
export function exampleOf(
  record: CallRecord,
  { score, task }: Pick<Feedback, 'score' | 'task'>,
  { minRating, mostCharacters }: ExampleSettings,
  exchange: () => Exchange | string,
): Omit<NewExample, 'vector'> | string {
  if (score < minRating) return `its rating is below ${minRating}`;
  if (record.operation !== 'generate' || record.status !== 'ok' || record.finishReason !== 'stop')
    return 'its answer is not whole';
  const noted = notedOn(record);
  if (typeof noted === 'string') return noted;
  const read = exchange();
  if (typeof read === 'string') return read;
  const { answer, body, prompt } = read;
  const asked = askedAlone(prompt, body);
  if (typeof asked === 'string') return asked;
  if (answer === '') return 'its answer is empty';
  if (answer.includes(REDACTED)) return 'its answer was redacted';
  const { question, format } = asked;
  if (lengthOf({ question, answer }) > mostCharacters)
    return `question and answer are longer than ${mostCharacters} characters (ground.examples.mostCharacters)`;
  const { id: callId, requestedModel, startedAt } = record;
  return {
    callId,
    startedAt,
    tenant: noted.tenant,
    task: task === ANY_TASK ? noted.task : task,
    requestedModel,
    format,
    question,
    answer,
  };
}

/** What the call itself left for this; else why it did not. */
function notedOn({ decisions }: CallRecord): { readonly tenant: string; readonly task: string } | string {
  for (const { stage, action, details, why } of decisions) {
    if (stage !== 'ground') continue;
    const { tenant, task } = details ?? {};
    if (typeof tenant === 'string' && typeof task === 'string') return { tenant, task };
    if (action === SKIPPED) return why;
  }
  return 'examples were not switched on when it was made';
}
