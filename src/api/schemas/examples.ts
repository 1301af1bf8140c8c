import { z } from 'zod';
import { isoTime } from './amounts.ts';

const name = z.string().min(1, 'must not be empty').max(300);

export const exampleQuery = z.strictObject({
  alias: name.optional().describe('Only of calls that asked for this alias or model.'),
  task: name.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const exampleList = z.object({
  examples: z.array(
    z
      .object({
        callId: z.string(),
        startedAt: isoTime,
        tenant: z.string().describe('A hash of whose calls may see it.'),
        requestedModel: z.string(),
        task: z.string(),
        rating: z.number().describe('Of its call now, from 0 to 1.'),
        question: z.string(),
        answer: z.string(),
      })
      .meta({ id: 'Example' }),
  ),
});

/** What became of a rated call. */
export const exampleOutcome = z.object({
  kept: z.boolean(),
  why: z.string().optional().describe('Why it is no example.'),
});
