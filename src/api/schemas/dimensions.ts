import { z } from 'zod';

const values = z.array(z.string());

export const dimensions = z
  .object({
    provider: values,
    model: values,
    requestedModel: values,
    team: values,
    user: values,
    key: z.array(z.object({ id: z.string(), name: z.string() })),
    dialect: values,
    operation: values,
    errorCode: values,
    tag: z.record(z.string(), values),
  })
  .meta({ id: 'Dimensions', description: 'Values that occur, at most 200 of each dimension.' });

export type Dimensions = z.output<typeof dimensions>;
