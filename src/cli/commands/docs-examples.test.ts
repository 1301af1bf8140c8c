import { expect, it } from 'vitest';
import { CALL_ID } from '../../api/testing/record.contract.ts';
import type { ExampleFilter } from '../../core/examples.ts';
import { runCommand } from '../testing/run.contract.ts';

it('lists the examples', async () => {
  const { code, out } = await runCommand(['docs', 'examples', '--alias', 'fast']);
  expect(code).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "asked for  task  rating  question  answer  made (UTC)           call
    fast       code    1.00  How?      So.     2026-11-24 10:00:00  01938c6e-1111-7000-8000-000000000001
    "
  `);
  const json = await runCommand(['docs', 'examples', '--json']);
  expect(JSON.parse(json.out)).toMatchObject([{ callId: CALL_ID, answer: 'So.' }]);
});

it('says how a call becomes one where there is none', async () => {
  const asked: ExampleFilter[] = [];
  const examples = {
    rated: async () => null,
    drop: async () => false,
    list: async (filter: ExampleFilter) => {
      asked.push(filter);
      return [];
    },
  };
  const line = ['docs', 'examples', '--task', 'code', '--limit', '3'];
  const { out } = await runCommand(line, { examples });
  expect(out).toContain('/api/v1/feedback');
  expect(asked).toMatchObject([{ task: 'code', limit: 3 }]);
});

it('takes one away', async () => {
  expect((await runCommand(['docs', 'remove-example', CALL_ID])).out).toBe(
    `${CALL_ID} is no example any more.\n`,
  );
  const { code, err } = await runCommand(['docs', 'remove-example', CALL_ID.replace(/.$/, '9')]);
  expect([code, err]).toEqual([1, expect.stringContaining('is no example')]);
});
