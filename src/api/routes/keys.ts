import { z } from 'zod';
import { CallError } from '../../core/errors.ts';
import type { VirtualKey } from '../../core/key.ts';
import type { App } from '../app-type.ts';
import type { ApiDeps } from '../ports.ts';
import { createdKey, keyList, newKey, virtualKey } from '../schemas/keys.ts';
import { problem, problems } from '../schemas/problem.ts';

export function keyRoutes(app: App, { keys, now }: ApiDeps): void {
  app.get(
    '/keys',
    {
      schema: {
        tags: ['keys'],
        summary: 'Virtual keys',
        response: { 200: keyList.describe('All keys, revoked ones too.'), ...problems },
      },
    },
    async () => ({ keys: (await keys.list()).map((key) => ({ ...key })) }),
  );

  app.post(
    '/keys',
    {
      schema: {
        tags: ['keys'],
        summary: 'Create a virtual key',
        description:
          'Once a key for calls exists, calls without one are refused; once an admin key exists, so is this API.',
        body: newKey,
        response: { 201: createdKey.describe('The key and its secret.'), ...problems },
      },
    },
    async ({ body }, reply) => {
      if (body.expiresAt !== null && Date.parse(body.expiresAt) <= now())
        throw new CallError('invalid_request', `body.expiresAt (${body.expiresAt}) is in the past.`, {
          param: 'body.expiresAt',
        });
      if (body.scope === 'admin' && body.limits !== null)
        throw new CallError(
          'invalid_request',
          'body.limits is for keys that make calls; this one makes none.',
          {
            param: 'body.limits',
          },
        );
      const { key, secret } = await keys.create(body);
      return await reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ key: plain(key), secret });
    },
  );

  app.delete(
    '/keys/:id',
    {
      schema: {
        tags: ['keys'],
        summary: 'Revoke a virtual key',
        params: z.object({ id: z.uuid('must be a key’s id, a UUID') }),
        response: {
          200: virtualKey.describe('The revoked key.'),
          404: problem.describe('There is no such key.'),
          ...problems,
        },
      },
    },
    async ({ params }) => {
      const key = await keys.revoke(params.id);
      if (key) return plain(key);
      throw new CallError('not_found', `There is no key ${params.id}.`, { param: 'path.id' });
    },
  );
}

function plain(key: VirtualKey) {
  return { ...key, tags: { ...key.tags } };
}
