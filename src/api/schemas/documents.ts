import { z } from 'zod';
import { count, isoTime } from './amounts.ts';

const name = z.string().min(1, 'must not be empty').max(100);

export const newDocument = z.strictObject({
  collection: name.describe('What `ground.collection` in the configuration names.'),
  name: z
    .string()
    .min(1, 'must not be empty')
    .max(300)
    .describe('Shown to the model and to clients. A document of the same name is replaced.'),
  text: z.string().min(1, 'must not be empty'),
});

export const documentView = z
  .object({
    id: z.string().describe('UUIDv7.'),
    collection: z.string(),
    name: z.string(),
    characters: count,
    passages: count.describe('Pieces that are found and quoted as one.'),
    addedAt: isoTime,
  })
  .meta({ id: 'Document' });

export const documentList = z.object({ documents: z.array(documentView) });

export const searchQuery = z.strictObject({
  collection: name,
  question: z.string().min(1, 'must not be empty').max(4000),
  limit: z.coerce.number().int().min(1).max(50).default(5),
});

export const searchResult = z.object({
  searching: z
    .object({
      how: z
        .enum(['exact', 'index'])
        .describe('All passages compared in the gateway, or an index in the database.'),
      why: z.string().describe('Why so, and what would change it.'),
      passages: count.describe('How many the collection holds.'),
      mostPassages: count,
    })
    .describe('How the collection is searched.'),
  passages: z.array(
    z.object({
      document: z.string(),
      order: count.describe('Position in the document, from 0.'),
      text: z.string(),
      score: z.number().describe('Cosine similarity to the question.'),
    }),
  ),
});
