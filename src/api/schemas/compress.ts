import { z } from 'zod';
import { TASK_CLASSES } from '../../core/plan/compress.ts';
import { count, isoTime } from './amounts.ts';

const guarded = z
  .object({
    model: z.string().describe('The name that clients ask for.'),
    task: z.enum(TASK_CLASSES),
    compared: count.describe('Calls that were run both ways.'),
    differing: count.describe('Of them, those whose answers differed.'),
    evidence: z.number().describe('That more answers differ than is accepted.'),
    limit: z.number().describe('Evidence at which compressing stops.'),
    stoppedAt: isoTime.nullable().describe('Null while it is compressed.'),
  })
  .meta({ id: 'CompressGuardState' });

export const compressState = z.object({ guards: z.array(guarded) }).meta({ id: 'CompressState' });

export const compressResume = z
  .strictObject({
    model: z.string().min(1).optional().describe('All when left out.'),
    task: z.enum(TASK_CLASSES).optional().describe('All when left out.'),
  })
  .meta({ id: 'CompressResume' });

export const compressResumed = z
  .object({ resumed: count.describe('Classes that had been stopped.') })
  .meta({ id: 'CompressResumed' });
