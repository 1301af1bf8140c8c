import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStopFilter } from './stop-filter.ts';

/** By looking at the text character by character: the stop text that is complete first, the longest of those. */
function naive(text: string, stops: readonly string[]): { emit: string; stopped: boolean } {
  for (let end = 1; end <= text.length; end++) {
    const ended = stops.filter((stop) => text.slice(0, end).endsWith(stop)).map(({ length }) => length);
    if (ended.length > 0) return { emit: text.slice(0, end - Math.max(...ended)), stopped: true };
  }
  return { emit: text, stopped: false };
}

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '😀'), maxLength: 30 });
const stopsArb = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '😀'), minLength: 1, maxLength: 5 }), {
  maxLength: 4,
});

describe('a stop filter', () => {
  it('gives what a search in the whole text gives, however it is cut', () => {
    fc.assert(
      fc.property(stopsArb, fc.array(letters, { maxLength: 8 }), (stops, chunks) => {
        const filter = createStopFilter(stops);
        let emitted = '';
        let stopped = false;
        let before = '';
        for (const chunk of chunks) {
          const pushed = filter.push(chunk);
          emitted += pushed.emit;
          before += chunk;
          stopped = pushed.stopped;
          // Held back is only what begins a stop text.
          const held = before.slice(emitted.length);
          if (!stopped && held !== '') expect(stops.some((stop) => stop.startsWith(held))).toBe(true);
        }
        expect({ emit: emitted + filter.flush(), stopped }).toEqual(naive(chunks.join(''), stops));
      }),
      { numRuns: 3000 },
    );
  });

  it('gives nothing more once it has stopped', () => {
    const filter = createStopFilter(['END']);
    expect(filter.push('one EN')).toEqual({ emit: 'one ', stopped: false });
    expect(filter.push('D two')).toEqual({ emit: '', stopped: true });
    expect(filter.push('three')).toEqual({ emit: '', stopped: true });
    expect(filter.flush()).toBe('');
  });

  it('gives back what came to nothing', () => {
    const filter = createStopFilter(['\n\nUser:']);
    expect(filter.push('a\n\nUs').emit).toBe('a');
    expect(filter.push('ers').emit).toBe('\n\nUsers');
    expect(filter.push('\n').emit).toBe('');
    expect(filter.flush()).toBe('\n');
  });

  it('refuses an empty stop text', () => {
    expect(() => createStopFilter(['a', ''])).toThrow('A stop text must not be empty.');
  });
});
