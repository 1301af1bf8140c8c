import type { Readable } from 'node:stream';
import { z } from 'zod';
import { CallError } from '../../core/errors.ts';
import type { CallRecord } from '../../core/record.ts';
import { savingsOf } from '../../core/savings.ts';
import type { ListedCall } from '../../store/index.ts';
import type { App } from '../app-type.ts';
import { eventStream } from '../event-stream.ts';
import { filterFields, toFilter } from '../filters.ts';
import type { LiveCalls } from '../live-calls.ts';
import { matchesCall } from '../match-call.ts';
import type { ApiDeps } from '../ports.ts';
import { type CallDetail, callDetail, callsPage, type CallView } from '../schemas/calls.ts';
import { problem, problems } from '../schemas/problem.ts';

const page = {
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().min(1).max(512).optional().describe('`nextCursor` of the page before.'),
} as const;

export function callRoutes(app: App, { ledger, now }: ApiDeps, live: LiveCalls): void {
  app.get(
    '/calls',
    {
      schema: {
        tags: ['calls'],
        summary: 'Calls, newest first',
        querystring: z.strictObject({ ...filterFields, ...page }),
        response: { 200: callsPage.describe('A page of calls.'), ...problems },
      },
    },
    async ({ query }) => {
      const { limit, cursor = null } = query;
      const { calls, nextCursor } = await ledger.calls(toFilter(query, now()), { limit, cursor });
      return { calls: calls.map(viewOf), nextCursor };
    },
  );

  app.get(
    '/calls/stream',
    {
      schema: {
        tags: ['calls'],
        summary: 'Calls as they finish',
        description: 'Server-sent events named `call` whose data is a Call as JSON; a comment every 15 s.',
        produces: ['text/event-stream'],
        querystring: z.strictObject(filterFields),
        response: { 200: z.custom<Readable>().describe('The events.') },
      },
    },
    async ({ query }, reply) => {
      const filter = toFilter(query, now());
      const stream = eventStream((send) =>
        live.subscribe((call) => {
          if (matchesCall(call, filter)) send('call', viewOf(call));
        }),
      );
      return await reply
        .headers({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' })
        .send(stream);
    },
  );

  app.get(
    '/calls/:id',
    {
      schema: {
        tags: ['calls'],
        summary: 'One call with its bill and the decisions on its way',
        params: z.object({ id: z.uuid('must be a call’s id, a UUID') }),
        response: {
          200: callDetail.describe('The call.'),
          404: problem.describe('There is no such call.'),
          ...problems,
        },
      },
    },
    async ({ params }) => {
      const call = await ledger.call(params.id);
      if (call) return detailOf(call);
      throw new CallError(
        'not_found',
        `There is no call ${params.id}. It may have been removed by store.retentionDays.`,
        {
          param: 'path.id',
        },
      );
    },
  );
}

function viewOf(call: ListedCall): CallView {
  const {
    decisions: _decisions,
    costParts: _parts,
    requestBody: _request,
    responseBody: _response,
    ...view
  } = call;
  return { ...view, warnings: [...view.warnings], savings: { ...view.savings } };
}

function detailOf(call: CallRecord): CallDetail {
  const { warnings, costParts, decisions } = call;
  return {
    ...call,
    warnings: [...warnings],
    savings: { ...savingsOf(decisions) },
    costParts: [...costParts],
    decisions: decisions.map(({ details, ...decision }) => ({
      ...decision,
      ...(details && { details: { ...details } }),
    })),
  };
}
