import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PROVIDER_KINDS } from '../../upstream/index.ts';
import { configJsonSchema } from './json-schema.ts';

it('is the one that is committed ("npm run schema" writes it anew)', () => {
  const committed = readFileSync(new URL('../../../infinite-llm.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(configJsonSchema(PROVIDER_KINDS))));
});

it('knows the kinds of providers and refuses unknown settings', () => {
  const schema = configJsonSchema(PROVIDER_KINDS);
  expect(schema).toMatchObject({
    title: 'infinite-llm.yaml',
    additionalProperties: false,
    properties: {
      providers: {
        additionalProperties: { properties: { kind: { enum: PROVIDER_KINDS.map(({ kind }) => kind) } } },
      },
    },
  });
});
