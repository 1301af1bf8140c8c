import { z } from 'zod';
import { isoTime } from './amounts.ts';
import { exampleOutcome } from './examples.ts';

/** As routing names tasks. */
const task = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,39}$/, 'must be a word in lower case, such as "code"');

const fields = {
  callId: z.uuid('must be a call’s id, from the header x-illm-call-id'),
  comment: z.string().max(4_000).nullable().default(null),
  task: task.nullable().default(null).describe('By default the task that routing saw.'),
};

export const newFeedback = z
  .union([
    z.strictObject({ ...fields, score: z.number().min(0).max(1).describe('From 0 (bad) to 1 (good).') }),
    z.strictObject({ ...fields, thumbs: z.enum(['up', 'down']) }),
  ])
  .meta({ id: 'NewFeedback' });

export const givenFeedback = z
  .object({
    callId: z.string(),
    givenAt: isoTime,
    score: z.number().min(0).max(1),
    task: z.string(),
    target: z.string().describe('provider/model that is rated by it.'),
    example: exampleOutcome
      .nullable()
      .describe('Whether it is an example for other calls; null where the alias has none.'),
  })
  .meta({ id: 'Feedback' });
