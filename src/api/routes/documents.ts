import { z } from 'zod';
import { CallError } from '../../core/errors.ts';
import type { App } from '../app-type.ts';
import type { ApiDeps } from '../ports.ts';
import { documentList, documentView, newDocument, searchQuery, searchResult } from '../schemas/documents.ts';
import { problem, problems } from '../schemas/problem.ts';

const MOST_DOCUMENT_BYTES = 20 * 1024 * 1024;

/** Documents that answers are grounded on. */
export function documentRoutes(app: App, { library }: ApiDeps): void {
  app.get(
    '/documents',
    {
      schema: {
        tags: ['documents'],
        summary: 'Documents that answers may be grounded on',
        querystring: z.strictObject({ collection: z.string().max(100).optional() }),
        response: { 200: documentList.describe('By collection and name.'), ...problems },
      },
    },
    async ({ query }) => ({ documents: (await library.list(query.collection)).map((each) => ({ ...each })) }),
  );

  app.post(
    '/documents',
    {
      bodyLimit: MOST_DOCUMENT_BYTES,
      schema: {
        tags: ['documents'],
        summary: 'Add a document, or replace the one of the same name',
        description: 'The text is cut in passages, and kept in the store until the document is removed.',
        body: newDocument,
        response: { 201: documentView.describe('The document.'), ...problems },
      },
    },
    async ({ body }, reply) => await reply.code(201).send({ ...(await library.add(body)) }),
  );

  app.delete(
    '/documents/:id',
    {
      schema: {
        tags: ['documents'],
        summary: 'Remove a document with its text',
        params: z.object({ id: z.uuid('must be a document’s id, a UUID') }),
        response: {
          200: z.object({ removed: z.string() }).describe('Its id.'),
          404: problem.describe('There is no such document.'),
          ...problems,
        },
      },
    },
    async ({ params }) => {
      if (await library.remove(params.id)) return { removed: params.id };
      throw new CallError('not_found', `There is no document ${params.id}.`, { param: 'path.id' });
    },
  );

  app.get(
    '/documents/search',
    {
      schema: {
        tags: ['documents'],
        summary: 'The passages of a collection that are nearest to a question',
        querystring: searchQuery,
        response: { 200: searchResult.describe('The nearest first.'), ...problems },
      },
    },
    async ({ query: { collection, question, limit } }) => {
      const found = await library.search(collection, question, limit);
      return {
        searching: { ...(await library.searching(collection)) },
        passages: found.map(({ document, order, text, score }) => ({ document, order, text, score })),
      };
    },
  );
}
