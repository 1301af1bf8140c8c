import { describe, expect, it } from 'vitest';
import type { Call } from '../../core/call.ts';
import { CallError, type ErrorCode } from '../../core/errors.ts';
import type { Part } from '../../core/part.ts';
import type { Target } from '../../core/target.ts';
import {
  callFor,
  collected,
  fakeClock,
  FINISH,
  head,
  scripted,
  type Script,
  text,
} from '../policy.contract.ts';
import { type RouteDeps, routeStage } from './route-stage.ts';

const FIRST: Target = { provider: 'a', model: 'one' };
const SECOND: Target = { provider: 'b', model: 'two' };

function deps(isOpen: (target: Target) => boolean = () => false): RouteDeps {
  return {
    isOpen,
    restsMs: () => 0,
    clock: fakeClock(),
    random: () => 0.5,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    prices: () => ({ price: () => ({ priced: false, why: 'not needed' }) }),
    providers: () => ({}),
    routing: null,
    router: null,
  };
}

function fastCall(change: Partial<Call> = {}): Call {
  return callFor('fast', { candidates: [FIRST, SECOND], resolvedBy: 'fast is an alias', ...change });
}

const fine = (target: Target): Script => ({ parts: [head(target), text('hello'), FINISH] });
const failing = (code: ErrorCode, parts: readonly Part[] = []): Script => ({
  parts,
  error: new CallError(code, `${code} happened`),
});

async function run(first: Script, second: Script = fine(SECOND), call: Call = fastCall()) {
  const upstream = scripted({ 'a/one': [first], 'b/two': [second] });
  const { parts, error } = await collected(routeStage(deps())(upstream.handler)(call));
  const actions = call.trail.decisions.map(({ action }) => action);
  return { parts, error, actions, calls: upstream.calls };
}

describe('routeStage', () => {
  it('asks the first target and says so', async () => {
    const { parts, actions, calls } = await run(fine(FIRST));
    expect(parts).toEqual([head(FIRST), text('hello'), FINISH]);
    expect(calls).toEqual(['a/one']);
    expect(actions).toEqual(['chose']);
  });

  const elsewhere: ErrorCode[] = [
    'rate_limited',
    'upstream_error',
    'upstream_timeout',
    'upstream_unavailable',
    'upstream_unauthorized',
    'upstream_garbage',
    'context_too_long',
  ];
  it.each(elsewhere)('asks the next target after %s', async (code) => {
    const { parts, error, actions, calls } = await run(failing(code));
    expect(error).toBeNull();
    expect(parts).toEqual([head(SECOND), text('hello'), FINISH]);
    expect(calls).toEqual(['a/one', 'b/two']);
    expect(actions).toEqual(['chose', 'fell-back']);
  });

  it.each(['invalid_request', 'forbidden', 'client_aborted'] as const)('stops at %s', async (code) => {
    const { error, calls } = await run(failing(code));
    expect(error).toMatchObject({ code });
    expect(calls).toEqual(['a/one']);
  });

  it('falls back when the stream dies before its first token', async () => {
    const opening: Part[] = [head(FIRST), { type: 'text-start', id: 't' }];
    const { parts, calls } = await run(failing('upstream_truncated', opening));
    expect(parts).toEqual([head(SECOND), text('hello'), FINISH]);
    expect(calls).toEqual(['a/one', 'b/two']);
  });

  it('never falls back after the first token', async () => {
    const { parts, error, calls } = await run(failing('upstream_truncated', [head(FIRST), text('hel')]));
    expect(parts).toEqual([head(FIRST), text('hel')]);
    expect(error).toMatchObject({ code: 'upstream_truncated' });
    expect(calls).toEqual(['a/one']);
  });

  it('throws the last error when all targets fail', async () => {
    const { error } = await run(failing('upstream_error'), failing('rate_limited'));
    expect(error).toMatchObject({ code: 'rate_limited' });
  });

  it('asks nobody else once the client is gone', async () => {
    const gone = new AbortController();
    gone.abort();
    const call = fastCall({ signal: gone.signal });
    const { error, calls } = await run(failing('upstream_error'), fine(SECOND), call);
    expect(error).toMatchObject({ code: 'upstream_error' });
    expect(calls).toEqual(['a/one']);
  });

  it('passes over a target whose circuit is open, and comes back to it as the last resort', async () => {
    const upstream = scripted({ 'a/one': [fine(FIRST)], 'b/two': [failing('upstream_error')] });
    const call = fastCall();
    const stage = routeStage(deps(({ provider }) => provider === 'a'));
    const { parts } = await collected(stage(upstream.handler)(call));
    expect(upstream.calls).toEqual(['b/two', 'a/one']);
    expect(parts[0]).toEqual(head(FIRST));
    expect(call.trail.decisions.map(({ action }) => action)).toEqual(['skipped', 'chose', 'fell-back']);
  });

  it('keeps a target that is already set', async () => {
    const upstream = scripted({ 'b/two': [fine(SECOND)] });
    await collected(routeStage(deps())(upstream.handler)(callFor('whatever', { target: SECOND })));
    expect(upstream.calls).toEqual(['b/two']);
  });

  it('closes the target when the reader leaves', async () => {
    const upstream = scripted({ 'a/one': [fine(FIRST)] });
    for await (const part of routeStage(deps())(upstream.handler)(fastCall())) {
      if (part.type === 'text-delta') break;
    }
    expect(upstream.closed).toEqual(['a/one']);
  });
});
