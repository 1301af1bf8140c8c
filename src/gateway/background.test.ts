import { describe, expect, it } from 'vitest';
import type { Handler } from '../core/ports.ts';
import { CallError } from '../core/errors.ts';
import { systemClock } from '../core/clock.ts';
import type { CallRecord } from '../core/record.ts';
import { callFor, FINISH, head, text } from '../policy/policy.contract.ts';
import { type BackgroundDeps, createBackground } from './background.ts';

const TARGET = { provider: 'a', model: 'one' };

const answering: Handler = async function* () {
  yield head(TARGET);
  yield { type: 'text-start', id: '0' };
  yield text('hello');
  yield FINISH;
};

function deps(handler: Handler, rows: CallRecord[] = []): BackgroundDeps {
  return {
    clock: systemClock,
    handler: () => handler,
    settle: async ({ id, caller }, _meter, { error }) => {
      const row = { id, tags: caller.tags, errorCode: error?.code ?? null } as unknown as CallRecord;
      rows.push(row);
      return row;
    },
  };
}

describe('background', () => {
  it('gives each call a row of its own, which says what it was for', async () => {
    const rows: CallRecord[] = [];
    const background = createBackground(deps(answering, rows));
    const call = callFor('fast');
    const { record } = await background.run({ call, purpose: 'shadow' });
    expect(rows).toEqual([record]);
    expect(record.id).not.toBe(call.id);
    expect(record.tags).toEqual({ 'illm-purpose': 'shadow' });
    expect(call.trail.decisions).toEqual([]);
  });

  it('tells the failure after its row was written', async () => {
    const rows: CallRecord[] = [];
    const failing: Handler = () => {
      throw new CallError('upstream_error', 'broken');
    };
    const background = createBackground(deps(failing, rows));
    await expect(background.run({ call: callFor('fast'), purpose: 'x' })).rejects.toThrow('broken');
    expect(rows).toMatchObject([{ errorCode: 'upstream_error' }]);
  });

  it('runs few at once and all in the end', async () => {
    let atOnce = 0;
    let most = 0;
    const slow: Handler = async function* (call) {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setTimeout(resolve, 5));
      atOnce -= 1;
      yield* answering(call);
    };
    const background = createBackground(deps(slow));
    const tasks = Array.from({ length: 20 }, () => background.run({ call: callFor('fast'), purpose: 'x' }));
    expect(await Promise.all(tasks)).toHaveLength(20);
    expect(most).toBe(4);
  });

  it('waits for what runs, refuses what waits, and cancels what lasts too long', async () => {
    const hanging: Handler = async function* (call) {
      await new Promise((_, reject) => {
        call.signal.addEventListener('abort', () => reject(new CallError('client_aborted', 'gone')));
      });
      yield* answering(call);
    };
    const background = createBackground(deps(hanging));
    const tasks = Array.from({ length: 5 }, () => background.run({ call: callFor('fast'), purpose: 'x' }));
    const outcomes = Promise.allSettled(tasks);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await background.drain(20);
    const codes = (await outcomes).map((each) =>
      each.status === 'rejected' ? (each.reason as CallError).code : 'ok',
    );
    expect(codes).toEqual([...Array<string>(4).fill('client_aborted'), 'not_ready']);
    await expect(background.run({ call: callFor('fast'), purpose: 'x' })).rejects.toThrow('shutting down');
  });
});
