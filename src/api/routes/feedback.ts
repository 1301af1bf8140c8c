import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import { bearerToken } from '../../core/access.ts';
import { CallError } from '../../core/errors.ts';
import type { Feedback } from '../../core/feedback.ts';
import { ANY_TASK } from '../../core/plan/route.ts';
import type { CallRecord } from '../../core/record.ts';
import { formatTarget } from '../../core/target.ts';
import type { App } from '../app-type.ts';
import type { Guard } from '../guard.ts';
import type { ApiDeps } from '../ports.ts';
import { givenFeedback, newFeedback } from '../schemas/feedback.ts';
import { problem, problems } from '../schemas/problem.ts';

/** A call's row comes into the store a little after its answer. */
const TRIES = 10;
const PAUSE_MS = 200;
const RECENT_MS = 30_000;

type FeedbackDeps = Pick<ApiDeps, 'examples' | 'keys' | 'ledger' | 'now' | 'routing'>;

/** Open to administrators for every call, and to a virtual key for its own. */
export function feedbackRoutes(app: App, deps: FeedbackDeps, guard: Guard): void {
  app.post(
    '/feedback',
    {
      schema: {
        tags: ['route'],
        summary: 'Say how good an answer was',
        description:
          'With a virtual key for calls: on its own calls. A later feedback on a call takes the place of the earlier one. Routing and experiments learn from it; a good one may make the call an example for others.',
        body: newFeedback,
        response: {
          201: givenFeedback.describe('The feedback, as it is kept.'),
          404: problem.describe('There is no such call, or it is another key’s.'),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const keyId = giverOf(request, deps, guard);
      const record = await findCall(deps, body.callId);
      if (!record || (keyId !== null && record.keyId !== keyId))
        throw new CallError('not_found', `There is no call ${body.callId}.`, { param: 'body.callId' });
      const feedback = feedbackOn(record, body, keyId, deps.now());
      await deps.routing.give(feedback, record);
      const example = await deps.examples.rated(feedback, record);
      const { at, callId, score, target, task } = feedback;
      const givenAt = new Date(at).toISOString();
      return await reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ callId, givenAt, score, task, target: formatTarget(target), example });
    },
  );
}

/** The virtual key that asks; null for an administrator. @throws CallError for anybody else */
function giverOf(request: FastifyRequest, { keys }: FeedbackDeps, guard: Guard): string | null {
  const token = bearerToken(request.headers.authorization);
  const key = token === null ? null : keys.find(token);
  if (key?.scope === 'call') return key.id;
  guard.checkAdmin(request);
  return null;
}

async function findCall({ ledger, now }: FeedbackDeps, id: string): Promise<CallRecord | null> {
  for (let tried = 1; ; tried++) {
    const record = await ledger.call(id);
    if (record || tried === TRIES || !isRecent(id, now())) return record;
    await pause(PAUSE_MS);
  }
}

/** A UUIDv7 begins with its milliseconds. */
function isRecent(id: string, now: number): boolean {
  const at = Number.parseInt(id.replace('-', '').slice(0, 12), 16);
  return Math.abs(now - at) < RECENT_MS;
}

function feedbackOn(
  record: CallRecord,
  body: { comment: string | null; task: string | null } & ({ score: number } | { thumbs: 'up' | 'down' }),
  keyId: string | null,
  at: number,
): Feedback {
  const { id: callId, requestedModel, target } = record;
  if (!target)
    throw new CallError('invalid_request', 'The call was answered by no model.', { param: 'body.callId' });
  const score = 'score' in body ? body.score : Number(body.thumbs === 'up');
  const task = body.task ?? taskIn(record) ?? ANY_TASK;
  return { callId, at, score, comment: body.comment, task, requestedModel, target, keyId };
}

/** The task that routing noted. */
function taskIn({ decisions }: CallRecord): string | null {
  for (const { stage, details } of decisions) {
    const task = stage === 'route' ? details?.['task'] : undefined;
    if (typeof task === 'string') return task;
  }
  return null;
}
