import { describe, expect, it } from 'vitest';
import { USUAL_EXAMPLES } from '../../../core/plan/ground.ts';
import { collectFindings } from '../findings.ts';
import { buildGround, groundSection } from './ground.ts';

function built(all: unknown, alias: unknown, storesBodies = true) {
  const findings = collectFindings();
  const path = alias === undefined ? [] : ['models', 'helper'];
  const settings = buildGround(groundSection.optional().parse(all), groundSection.optional().parse(alias), {
    path,
    providers: [],
    aliases: [],
    baseDir: '/',
    storesBodies,
    findings,
  });
  return { examples: settings.examples, errors: findings.errors };
}

describe('examples', () => {
  it('are off until they are there, and an alias may switch them off', () => {
    expect(built(undefined, undefined).examples).toBeNull();
    expect(built({ collection: 'handbook' }, {}).examples).toBeNull();
    expect(built({ examples: {} }, {}).examples).toEqual(USUAL_EXAMPLES);
    expect(built({ examples: {} }, { examples: null }).examples).toBeNull();
  });

  it('take the alias over what stands for all calls, field by field', () => {
    const { examples, errors } = built(
      { examples: { number: 4, scope: 'user' } },
      { examples: { number: 1, same: 'task', maxTime: '2s' } },
    );
    expect(examples).toEqual({ ...USUAL_EXAMPLES, number: 1, scope: 'user', same: 'task', maxMs: 2_000 });
    expect(errors).toEqual([]);
  });

  it('need stored bodies, and the error says so where they were switched on', () => {
    expect(built({}, { examples: {} }, false).errors).toMatchObject([
      {
        path: ['models', 'helper', 'ground', 'examples'],
        remedy: expect.stringContaining('store: { bodies: true }'),
      },
    ]);
    expect(built({ examples: {} }, undefined, false).errors).toMatchObject([
      { path: ['ground', 'examples'] },
    ]);
    expect(built({ examples: {} }, {}, false).errors).toEqual([]);
  });

  it.each([
    { number: 0 },
    { minRating: 1.1 },
    { mostCharacters: 10 },
    { same: 'all' },
    { scope: 'world' },
    { x: 1 },
  ])('refuse %j', (examples) => {
    expect(groundSection.safeParse({ examples }).success).toBe(false);
  });
});
