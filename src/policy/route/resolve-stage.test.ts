import { describe, expect, it } from 'vitest';
import { NO_LEVERS } from '../../core/plan.ts';
import type { Target } from '../../core/target.ts';
import { callFor, collected, FINISH, head, scripted } from '../policy.contract.ts';
import { type ResolveDeps, resolveStage } from './resolve-stage.ts';

const FIRST: Target = { provider: 'a', model: 'one' };

const deps: ResolveDeps = {
  settings: () => ({
    providers: {},
    models: { fast: { name: 'fast', strategy: 'in-order', targets: [FIRST], plan: NO_LEVERS } },
  }),
  ownsModel: () => false,
  servesAnyModel: () => false,
  knownModels: () => [],
};

describe('resolveStage', () => {
  it('tells the stages after it who may answer, and how they were found', async () => {
    const seen: unknown[] = [];
    const stage = resolveStage(deps)((call) => {
      seen.push(call.candidates, call.resolvedBy);
      return scripted({ 'a/one': [{ parts: [head(FIRST), FINISH] }] }).handler({ ...call, target: FIRST });
    });
    await collected(stage(callFor('fast')));
    expect(seen).toEqual([[FIRST], 'fast is an alias']);
  });

  it('keeps a target that is already set', () => {
    const call = callFor('whatever', { target: FIRST });
    let given: unknown;
    resolveStage(deps)((passed) => {
      given = passed;
      return scripted({}).handler(passed);
    })(call);
    expect(given).toBe(call);
  });

  it('refuses an unknown name before anything is asked', () => {
    const { handler, calls } = scripted({});
    const stage = resolveStage(deps)(handler);
    expect(() => stage(callFor('nobody'))).toThrow(
      expect.objectContaining({ code: 'model_not_found', status: 404, param: 'model' }),
    );
    expect(calls).toEqual([]);
  });
});
