import { z } from 'zod';
import { count, isoTime, ms, usage, usd } from './amounts.ts';

export const callStatus = z.enum(['ok', 'error', 'aborted']);

const costPart = z
  .object({
    kind: z.string().describe('A kind of usage, `gpu` or `adjustment`.'),
    units: z.number(),
    rateUsd: z.string(),
    per: z.enum(['million-tokens', 'thousand', 'hour']),
    costUsd: usd,
    stage: z.string().optional().describe('The lever that consumed it besides the answer.'),
    target: z.string().optional().describe('Whom that lever asked.'),
  })
  .meta({ id: 'CostPart' });

const decision = z
  .object({
    stage: z.string(),
    action: z.string(),
    why: z.string(),
    atMs: z.number().describe('Milliseconds since the call arrived.'),
    savedUsd: usd.optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'Decision', description: 'What one stage did to the call, and why.' });

export const callView = z
  .object({
    id: z.string().describe('UUIDv7.'),
    startedAt: isoTime,
    status: callStatus,
    httpStatus: z.int(),
    errorCode: z.string().nullable(),
    errorMessage: z.string().nullable(),
    dialect: z.string(),
    operation: z.string(),
    stream: z.boolean(),
    requestedModel: z.string(),
    target: z
      .object({ provider: z.string(), model: z.string() })
      .nullable()
      .describe('Null when the call ended before a target was chosen.'),
    servedModel: z.string().nullable().describe('The model that answered, in the provider’s word.'),
    attempts: count,
    finishReason: z.string().nullable(),
    keyId: z.string().nullable(),
    keyName: z.string().nullable(),
    team: z.string().nullable(),
    user: z.string().nullable(),
    session: z.string().nullable(),
    traceId: z.string().nullable(),
    tags: z.record(z.string(), z.string()),
    usage,
    usageSource: z.enum(['provider', 'estimated']).nullable(),
    serviceTier: z.string().nullable(),
    costUsd: usd.nullable().describe('Null when no price is known.'),
    unpriced: z.boolean(),
    unpricedReason: z.string().nullable(),
    priceVersion: z.string().nullable(),
    ttftMs: ms.nullable().describe('Milliseconds to the first content; null when none came.'),
    totalMs: ms,
    overheadMs: ms.describe('The part of totalMs spent in the gateway itself.'),
    warnings: z.array(z.string()),
    savings: z
      .record(z.string(), usd)
      .describe(
        'What each lever saved against not using it alone, by its stage; negative where it cost more. Those of several levers may overlap.',
      ),
  })
  .meta({ id: 'Call' });

export const callDetail = callView
  .extend({
    costParts: z.array(costPart),
    decisions: z.array(decision),
    requestBody: z.string().nullable().describe('Only with `store.bodies: true`.'),
    responseBody: z.string().nullable(),
  })
  .meta({ id: 'CallDetail' });

export const callsPage = z
  .object({
    calls: z.array(callView).describe('Newest first.'),
    nextCursor: z.string().nullable().describe('Give it as `cursor` for the next page.'),
  })
  .meta({ id: 'CallsPage' });

export type CallView = z.output<typeof callView>;
export type CallDetail = z.output<typeof callDetail>;
