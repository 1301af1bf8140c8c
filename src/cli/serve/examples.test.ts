import { describe, expect, it } from 'vitest';
import { callRecord } from '../../../test/services/call-record.ts';
import { CallError } from '../../core/errors.ts';
import type { ExampleStore, NewExample } from '../../core/examples.ts';
import type { Feedback } from '../../core/feedback.ts';
import { NO_LEVERS } from '../../core/plan.ts';
import { NO_GROUND, USUAL_EXAMPLES } from '../../core/plan/ground.ts';
import { systemClock } from '../../core/clock.ts';
import { wordEmbedder } from '../../policy/ground/word-embedder.contract.ts';
import { localBus } from '../../shared/index.ts';
import { openExamples } from './examples.ts';

const DETAILS = { tenant: 't', task: 'chat' };
const record = callRecord({
  stream: false,
  decisions: [{ stage: 'ground', action: 'found-no-examples', why: '', atMs: 0, details: DETAILS }],
  requestBody: '{"model":"fast","messages":[{"role":"user","content":"How?"}]}',
  responseBody: '[{"type":"text","text":"So."}]',
});

function opened({ on = true, embedder = wordEmbedder } = {}) {
  const put: NewExample[] = [];
  const removed: string[] = [];
  const warned: unknown[] = [];
  const store: ExampleStore = {
    put: async (example) => void put.push(example),
    remove: async (callId) => {
      removed.push(callId);
      return null;
    },
    of: async () => [],
    list: async () => [],
  };
  const examples = openExamples({
    settings: () => ({
      models: {},
      plan: { ...NO_LEVERS, ground: { ...NO_GROUND, examples: on ? USUAL_EXAMPLES : null } },
    }),
    store: { examples: store },
    embedder,
    bus: localBus(),
    clock: systemClock,
    log: { info: () => undefined, warn: (_, fields) => warned.push(fields), error: () => undefined },
  });
  const rate = async (score: number, change: Partial<typeof record> = {}) => {
    const { id: callId, requestedModel } = record;
    const feedback = { callId, requestedModel, score, task: 'any' } as Feedback;
    return await examples.rated(feedback, { ...record, ...change });
  };
  return { rate, put, removed, warned };
}

describe('a rating', () => {
  it('makes an example of the stored call, and unmakes it', async () => {
    const { rate, put, removed } = opened();
    expect(await rate(1)).toEqual({ kept: true });
    expect(put).toMatchObject([{ callId: record.id, tenant: 't', question: 'How?', answer: 'So.' }]);
    expect(await rate(0.5)).toEqual({ kept: false, why: 'its rating is below 0.8' });
    expect(removed).toEqual([record.id]);
    expect(await rate(1, { requestBody: null })).toMatchObject({ kept: false });
  });

  it('unmakes it where examples are switched off now, and says nothing of them', async () => {
    const { rate, put, removed } = opened({ on: false });
    expect(await rate(1)).toBeNull();
    expect([put, removed]).toEqual([[], [record.id]]);
  });

  it('is taken all the same when the example cannot be kept', async () => {
    const embed = () => Promise.reject(new CallError('not_ready', 'There is no embedding model.'));
    const { rate, warned } = opened({ embedder: { ...wordEmbedder, embed } });
    expect(await rate(1)).toEqual({ kept: false, why: 'There is no embedding model.' });
    expect(warned).toMatchObject([{ callId: record.id }]);
  });
});
