import { describe, expect, it } from 'vitest';
import type { Call } from '../../core/call.ts';
import type { Prompt } from '../../core/content.ts';
import { CallError } from '../../core/errors.ts';
import { NO_LEVERS } from '../../core/plan.ts';
import { DEFAULT_FIT, type FitSettings } from '../../core/plan/fit.ts';
import type { Target } from '../../core/target.ts';
import { callFor, collected, FINISH, head, scripted, text } from '../policy.contract.ts';
import { fitStage } from './fit-stage.ts';
import { type ContextWindow, type ContextWindows, contextWindows } from './windows.ts';

const SMALL: Target = { provider: 'a', model: 'small' };
const LARGE: Target = { provider: 'b', model: 'large' };

function windowsOf(known: Readonly<Record<string, ContextWindow>>): ContextWindows & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    of: ({ model }) => known[model] ?? null,
    ask: async ({ provider }) => void asked.push(provider),
    learn: () => undefined,
  };
}

const set = (tokens: number, from: ContextWindow['from'] = 'config'): ContextWindow => ({ tokens, from });
/** A token a word. */
const tokens = { count: async (words: string) => ({ tokens: words.split(/\s+/).length, exact: true }) };

function longCall(words: number, fit: Partial<FitSettings> = {}, change: Partial<Call> = {}): Call {
  const prompt: Prompt = {
    messages: [{ role: 'user', content: [{ type: 'text', text: Array(words).fill('word').join(' ') }] }],
    tools: [],
    sampling: {},
    format: { kind: 'text' },
    extras: {},
  };
  const body = Buffer.alloc(words * 5);
  return callFor('alias', {
    candidates: [SMALL, LARGE],
    prompt: () => prompt,
    wire: { method: 'POST', url: '/', headers: {}, body },
    plan: { ...NO_LEVERS, fit: { ...DEFAULT_FIT, reserveTokens: 10, ...fit } },
    ...change,
  });
}

describe('fitStage', () => {
  const stageWith = (windows: ContextWindows) => fitStage({ windows, tokens, compressTo: null });

  it.each([
    ['is switched off', longCall(1000, { enabled: false })],
    ['is far below every window', longCall(10)],
    ['has its target already', longCall(1000, {}, { target: SMALL })],
    ['generates nothing', longCall(1000, {}, { operation: 'embed' })],
    [
      'cannot be read',
      longCall(
        1000,
        {},
        {
          prompt: () => {
            throw new CallError('invalid_request', 'no');
          },
        },
      ),
    ],
  ])('gives the very answer of the next stage when a call %s', (_, call) => {
    const answer = scripted({}).handler(call);
    const seen: Call[] = [];
    const stage = stageWith(windowsOf({ small: set(1000), large: set(9000) }))((passed) => {
      seen.push(passed);
      return answer;
    });
    expect(stage(call)).toBe(answer);
    expect(seen[0]).toBe(call);
  });

  it('leaves the candidates alone when the first fits by a count', async () => {
    const call = longCall(900);
    const seen: Call[] = [];
    const stage = stageWith(windowsOf({ small: set(1000), large: set(9000) }))((passed) => {
      seen.push(passed);
      return (async function* () {
        yield head(SMALL);
        yield text('x');
        yield FINISH;
      })();
    });
    await collected(stage(call));
    expect(seen).toEqual([call]);
    expect(call.trail.decisions).toEqual([]);
  });

  it('asks when nothing but a list says that it does not fit, and refuses at once when it is configured', async () => {
    for (const [from, sent] of [
      ['list', 1],
      ['config', 0],
    ] as const) {
      const call = longCall(2000, {}, { candidates: [SMALL] });
      let calls = 0;
      const stage = stageWith(windowsOf({ small: set(1000, from) }))(() => {
        calls += 1;
        return (async function* () {
          yield head(SMALL);
          yield text('x');
          yield FINISH;
        })();
      });
      const { error } = await collected(stage(call));
      expect(calls).toBe(sent);
      expect(error === null).toBe(sent === 1);
    }
  });

  it('passes errors on that are none of length', async () => {
    const call = longCall(2000, { ways: ['drop-oldest'] }, { candidates: [LARGE] });
    const broken = new CallError('upstream_error', 'broken');
    const stage = stageWith(windowsOf({ large: set(9000) }))(scripted({ '': [{ error: broken }] }).handler);
    expect((await collected(stage(call))).error).toBe(broken);
  });

  it('asks servers of unknown windows only where the answer can matter', async () => {
    const answer = async function* () {
      yield head(SMALL);
      yield text('x');
      yield FINISH;
    };
    const alone = windowsOf({});
    await collected(stageWith(alone)(answer)(longCall(2000, {}, { candidates: [SMALL] })));
    expect(alone.asked).toEqual([]);
    const two = windowsOf({});
    await collected(stageWith(two)(answer)(longCall(2000)));
    expect(two.asked).toEqual(['a', 'b']);
  });
});

describe('contextWindows', () => {
  const provider = (kind: string, more: object = {}) => ({
    name: kind,
    kind,
    baseUrl: 'http://x',
    keys: [],
    dialects: null,
    headers: {},
    models: [],
    gpu: null,
    ...more,
  });
  const windows = contextWindows({
    providers: () => ({
      openai: provider('openai'),
      mine: provider('openai-compatible', { window: 4096, contextWindows: { tiny: 512 } }),
      vllm: provider('openai-compatible'),
    }),
    served: {
      of: (name, model) => (name === 'vllm' && model === 'told' ? 2048 : null),
      ask: async () => undefined,
    },
  });

  it('come from the configuration, the server, the list, or a refusal; and else are not known', () => {
    expect(windows.of({ provider: 'openai', model: 'gpt-4o' })).toEqual(set(128_000, 'list'));
    expect(windows.of({ provider: 'mine', model: 'tiny' })).toEqual(set(512));
    expect(windows.of({ provider: 'mine', model: 'gpt-4o' })).toEqual(set(4096));
    expect(windows.of({ provider: 'vllm', model: 'told' })).toEqual(set(2048, 'server'));
    const unknown = { provider: 'vllm', model: 'constructor' };
    expect(windows.of(unknown)).toBeNull();
    windows.learn(unknown, 777);
    expect(windows.of(unknown)).toEqual(set(777, 'refusal'));
    expect(windows.of({ provider: 'toString', model: 'x' })).toBeNull();
  });
});
