import { z } from 'zod';
import type { Intro, Message } from './messages.ts';

const MOST_BLOCKS = 1_000_000;
const MOST_ITEMS = 10_000;

const name = z.string().min(1).max(200);
const count = z.int().min(0);
const amount = z.number().min(0);
const port = z.int().min(1).max(65_535);
const address = z.object({ host: z.string().min(1).max(255), port });

/** Blocks travel as runs: first, length, first, length, … */
const blocks = z
  .array(count)
  .max(2 * MOST_BLOCKS)
  .transform((runs, context) => {
    const listed: number[] = [];
    for (let at = 0; at < runs.length; at += 2) {
      const [first = 0, length = 0] = runs.slice(at, at + 2);
      if (listed.length + length > MOST_BLOCKS) {
        context.addIssue({ code: 'custom', message: 'too many blocks' });
        return z.NEVER;
      }
      for (let block = first; block < first + length; block += 1) listed.push(block);
    }
    return listed;
  });
const leased = z.array(z.object({ lease: count, blocks })).max(MOST_ITEMS);
const offers = z.array(z.object({ instance: name, blocks: count })).max(MOST_ITEMS);
const summary = z.object({
  total: count,
  free: count,
  local: count,
  lent: count,
  borrowed: count,
  offered: count,
  lendable: count,
});

const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('peers'), addresses: z.array(address).max(MOST_ITEMS) }),
  z.object({ type: z.literal('pulse'), summary: summary.nullable() }),
  z.object({
    type: z.literal('state'),
    sequence: count,
    full: z.boolean(),
    changes: z.array(z.tuple([z.string().max(300), z.array(amount).max(16).nullable()])).max(MOST_ITEMS),
  }),
  z.object({ type: z.literal('resend') }),
  z.object({ type: z.literal('seek'), blocks: count }),
  z.object({ type: z.literal('creditors'), offers }),
  z.object({ type: z.literal('plan'), moves: offers }),
  z.object({ type: z.literal('lease'), session: count, request: count, blocks: count }),
  z.object({
    type: z.literal('grant'),
    session: count,
    request: count,
    parts: z.array(z.object({ lease: count, shard: name, ...address.shape, blocks })).max(MOST_ITEMS),
  }),
  z.object({ type: z.literal('release'), leases: leased }),
  z.object({ type: z.literal('renew'), session: count, closed: count, held: leased }),
  z.object({ type: z.literal('gone'), session: count }),
  z.object({ type: z.literal('recall'), blocks: count, leaving: z.boolean().optional() }),
  z.object({ type: z.literal('bye') }),
]);

const introSchema = z.object({
  instance: name,
  role: z.enum(['serve', 'lend']),
  address: address.nullable(),
  startedAtMs: amount,
  model: z.string().max(300).nullable(),
  peers: z.array(address).max(MOST_ITEMS),
});

/** What JSON.stringify is to be given. */
export function wireMessage(message: Message): unknown {
  switch (message.type) {
    case 'grant':
      return { ...message, parts: message.parts.map(withRuns) };
    case 'release':
      return { ...message, leases: message.leases.map(withRuns) };
    case 'renew':
      return { ...message, held: message.held.map(withRuns) };
    default:
      return message;
  }
}

/** @throws ZodError for what is no message */
export function checkMessage(value: unknown): Message {
  return messageSchema.parse(value);
}

/** @throws ZodError for what is no introduction */
export function checkIntro(value: unknown): Intro {
  return introSchema.parse(value);
}

function withRuns<T extends { readonly blocks: readonly number[] }>(leased: T): T {
  return { ...leased, blocks: runsOf(leased.blocks) };
}

function runsOf(blocks: readonly number[]): number[] {
  const runs: number[] = [];
  for (const block of [...blocks].sort((a, b) => a - b)) {
    const last = runs.length - 1;
    const [first = 0, length = 0] = runs.slice(-2);
    if (last > 0 && block === first + length) runs[last] = length + 1;
    else runs.push(block, 1);
  }
  return runs;
}
