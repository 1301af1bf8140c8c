import { expect, it } from 'vitest';
import { documentView, searchResult } from '../schemas/documents.ts';
import { get, send, sharedApi } from '../testing/ask.contract.ts';
import { CALL_ID } from '../testing/record.contract.ts';

const DOCUMENT = { collection: 'handbook', name: 'a.md', text: 'The notice period is three months.' };

it('adds, lists, searches and removes documents', async () => {
  const app = await sharedApi();
  const added = await send(app, 'POST', '/api/v1/documents', DOCUMENT);
  expect(added.status).toBe(201);
  expect(documentView.parse(added.body)).toMatchObject({ collection: 'handbook', name: 'a.md', passages: 1 });
  expect((await get(app, '/api/v1/documents?collection=handbook')).body).toEqual({ documents: [] });
  const found = await get(app, '/api/v1/documents/search?collection=handbook&question=how%20long');
  expect(searchResult.parse(found.body).searching).toMatchObject({ how: 'exact', why: 'it is small' });
  expect(searchResult.parse(found.body).passages).toEqual([
    { document: 'a.md', order: 0, text: 'how long', score: 0.9 },
  ]);
  expect((await send(app, 'DELETE', `/api/v1/documents/${CALL_ID}`)).body).toEqual({ removed: CALL_ID });
});

it('takes documents that are larger than other bodies', async () => {
  const large = { ...DOCUMENT, text: 'a word '.repeat(50_000) };
  expect((await send(await sharedApi(), 'POST', '/api/v1/documents', large)).status).toBe(201);
});

it.each([
  ['POST', '/api/v1/documents', { ...DOCUMENT, text: '' }, 400],
  ['POST', '/api/v1/documents', { ...DOCUMENT, extra: 1 }, 400],
  ['GET', '/api/v1/documents/search?collection=a', undefined, 400],
  ['DELETE', '/api/v1/documents/x', undefined, 400],
  ['DELETE', '/api/v1/documents/01900000-0000-7000-8000-000000000009', undefined, 404],
] as const)('%s %s is refused', async (method, url, body, status) => {
  expect((await send(await sharedApi(), method, url, body)).status).toBe(status);
});
