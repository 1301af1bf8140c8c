import { describe, expect, it } from 'vitest';
import { NO_ROUTE } from '../../../core/plan/route.ts';
import { collectFindings } from '../findings.ts';
import { buildRoute, type RouteEntry, routeSection } from './route.ts';

function build(all: object | undefined, alias?: object) {
  const findings = collectFindings();
  const parse = (entry: object | undefined): RouteEntry | undefined => entry && routeSection.parse(entry);
  const aliasTargets = (name: string): readonly string[] | undefined =>
    name === 'big' ? ['openai/gpt-4o', 'openai/gpt-4.1'] : undefined;
  const route = buildRoute(parse(all), parse(alias), {
    path: alias ? ['models', 'fast'] : [],
    providers: ['openai'],
    aliases: ['fast', 'big'],
    aliasTargets,
    baseDir: '/',
    storesBodies: false,
    findings,
  });
  return { route, errors: findings.errors.map(({ path, message }) => `${path.join('.')}: ${message}`) };
}

describe('the section route', () => {
  it('changes nothing when it is left out, or off', () => {
    expect(build(undefined).route).toEqual(NO_ROUTE);
    expect(build({ strategy: 'cheapest' }, { enabled: false }).route).toEqual(NO_ROUTE);
  });

  it('of the alias wins over that for all calls', () => {
    const { route } = build(
      { strategy: 'cheapest', minQuality: 0.8 },
      { minQuality: 0.9, maxLatencyMs: '2s' },
    );
    expect(route).toMatchObject({ strategy: 'cheapest', minQuality: 0.9, maxLatencyMs: 2000 });
  });

  it('takes evaluations in short and in full', () => {
    const quality = {
      'openai/gpt-4o': 0.9,
      'openai/gpt-4.1': { code: 0.8, any: { score: 0.7, of: 10 } },
      'openai/o3': { score: 0.5, of: 3 },
    };
    expect(build({ quality }).route.quality).toEqual({
      'openai/gpt-4o': { any: { score: 0.9, of: 50 } },
      'openai/gpt-4.1': { code: { score: 0.8, of: 50 }, any: { score: 0.7, of: 10 } },
      'openai/o3': { any: { score: 0.5, of: 3 } },
    });
  });

  it('takes limits of likelihood, each by itself', () => {
    const confidence = { minMeanLogprob: -0.3 };
    expect(build({ cascade: { confidence } }).route.cascade).toEqual({
      ...NO_ROUTE.cascade,
      confidence: { ...confidence, minTokenLogprob: null },
    });
    expect(build({ cascade: { confidence: {} } }).route.cascade).toEqual(NO_ROUTE.cascade);
    expect(() => build({ cascade: { confidence: { minMeanLogprob: 0.3 } } })).toThrow('minMeanLogprob');
  });

  it('resolves an experiment to the targets of an alias', () => {
    const { route } = build(undefined, { experiment: { b: 'big', metric: 'cost' } });
    expect(route.experiment).toMatchObject({
      b: [
        { provider: 'openai', model: 'gpt-4o' },
        { provider: 'openai', model: 'gpt-4.1' },
      ],
      share: 0.1,
      effect: 0.1,
      adopt: false,
    });
  });

  it('names providers and aliases that are not there', () => {
    const { errors } = build(undefined, {
      reference: 'opnai/gpt-4o',
      weights: { 'azure/gpt-4o': 1 },
      experiment: { b: 'bigg' },
    });
    expect(errors).toEqual([
      'models.fast.route.reference: no provider is called "opnai"',
      'models.fast.route.weights.azure/gpt-4o: no provider is called "azure"',
      'models.fast.route.experiment.b: is neither provider/model nor an alias: "bigg"',
    ]);
  });
});
