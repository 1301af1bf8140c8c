import { z } from 'zod';
import { isoTime, usd } from './amounts.ts';

const label = z.string().trim().min(1).max(100);
const perMinute = z.int().min(1).max(1_000_000_000).nullable();

const keyLimits = z
  .strictObject({
    budget: z
      .strictObject({
        limitUsd: z
          .string()
          .regex(/^\d{1,7}(\.\d{1,12})?$/, 'must be dollars below ten million, such as "10" or "2.50"')
          .describe('Dollars that may be spent.'),
        per: z.enum(['hour', 'day', 'week', 'month']).describe('A fixed span in UTC.'),
      })
      .nullable()
      .default(null),
    requestsPerMinute: perMinute.default(null),
    tokensPerMinute: perMinute.default(null).describe('Input and output together.'),
    concurrency: perMinute.default(null).describe('Calls at once.'),
  })
  .describe('What calls with this key may cost and how often they may be made.')
  .meta({ id: 'KeyLimits' });

const tags = z.record(z.string().min(1).max(64), z.string().max(64));

export const virtualKey = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string().describe('The first characters of the secret, to know it by.'),
    scope: z.enum(['call', 'admin']).describe('call: calls through the gateway; admin: this API.'),
    team: z.string().nullable(),
    user: z.string().nullable(),
    tags: z.record(z.string(), z.string()),
    createdAt: isoTime,
    revokedAt: isoTime.nullable(),
    expiresAt: isoTime.nullable(),
    limits: keyLimits.nullable().optional(),
  })
  .meta({ id: 'VirtualKey' });

const keyView = virtualKey
  .extend({
    lastUsedAt: isoTime.nullable(),
    spentUsd30d: usd.describe('Dollars of the last 30 days.'),
  })
  .meta({ id: 'VirtualKeyWithUse' });

export const keyList = z.object({ keys: z.array(keyView) }).meta({ id: 'KeyList' });

export const newKey = z
  .strictObject({
    name: label,
    team: label.nullable().default(null),
    user: label.nullable().default(null),
    tags: tags.default({}).describe('Put on every call of the key.'),
    scope: z.enum(['call', 'admin']).default('call'),
    expiresAt: isoTime.nullable().default(null),
    limits: keyLimits.nullable().default(null),
  })
  .meta({ id: 'NewKey' });

export const createdKey = z
  .object({
    key: virtualKey,
    secret: z.string().describe('Shown this once; only its hash is kept.'),
  })
  .meta({ id: 'CreatedKey' });

export type KeyView = z.output<typeof keyView>;
export type NewKey = z.output<typeof newKey>;
