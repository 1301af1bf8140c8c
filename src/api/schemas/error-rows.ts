import { z } from 'zod';
import { count, isoTime } from './amounts.ts';

const errorRow = z
  .object({
    errorCode: z.string(),
    httpStatus: z.int(),
    provider: z.string().nullable(),
    calls: count,
    lastAt: isoTime,
    lastMessage: z.string().nullable(),
    lastCallId: z.string(),
  })
  .meta({ id: 'ErrorRow' });

export const errorRows = z.object({ rows: z.array(errorRow) }).meta({ id: 'ErrorRows' });

export type ErrorRow = z.output<typeof errorRow>;
