import { describe, expect, it } from 'vitest';
import { streamFixture } from './fixtures.contract.ts';
import { relayRules } from './relay-rules.ts';

describe('relay rules of responses', () => {
  it('meter the last event alone, with or without its name', () => {
    const events = streamFixture('stream-reasoning-and-tools.sse');
    const metered = events.filter(({ event, data }) => relayRules.isMetered(event, data));
    expect(metered.map(({ event }) => event)).toEqual(['response.completed']);
    expect(events.filter(({ data }) => relayRules.isMetered(null, data))).toEqual(metered);
  });

  it.each(['response.incomplete', 'response.failed', 'error'])('meter %s', (type) => {
    expect(relayRules.isMetered(type, '{}')).toBe(true);
    expect(relayRules.isMetered(null, JSON.stringify({ type }))).toBe(true);
  });

  it('change nothing', () => {
    expect(relayRules.edits({ stream: true })).toEqual({});
    expect(relayRules.isOurs('{"usage":{}}')).toBe(false);
  });
});
