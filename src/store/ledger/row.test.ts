import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callRecord } from '../../../test/services/call-record.ts';
import { rowText } from './row.ts';

const text = fc.string({ unit: 'binary', maxLength: 12 });

describe('rowText', () => {
  it('is one line of JSON that says what the record says', () => {
    fc.assert(
      fc.property(text, fc.option(text), fc.dictionary(text, text), fc.nat(), (model, team, tags, input) => {
        const record = callRecord({
          requestedModel: model,
          target: { provider: model, model },
          team,
          tags,
          usage: { ...callRecord().usage, input },
          totalMs: input / 1000,
          warnings: [model],
        });
        const line = rowText(record);
        expect(line).not.toMatch(/[\n\r]/);
        const stored = (value: string) => value.toWellFormed().replaceAll('\0', '\uFFFD');
        const row = JSON.parse(line) as Record<string, unknown>;
        expect(row).toMatchObject({
          id: record.id,
          provider: stored(model),
          model: stored(model),
          requestedModel: stored(model),
          totalMs: input / 1000,
          warnings: [stored(model)],
          stream: record.stream,
        });
        expect(row.team).toBe(team === null ? undefined : stored(team));
        expect(row.input).toBe(input === 0 ? undefined : input);
        expect(Object.keys(row.tags as object).sort()).toEqual(
          [...new Set(Object.keys(tags).map(stored))].sort(),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('leaves out what is null or zero', () => {
    const row = JSON.parse(rowText(callRecord({ target: null, errorCode: null }))) as object;
    expect(row).not.toHaveProperty('provider');
    expect(row).not.toHaveProperty('model');
    expect(row).not.toHaveProperty('errorCode');
    expect(row).not.toHaveProperty('outputImage');
  });
});
