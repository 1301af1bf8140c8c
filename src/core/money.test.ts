import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divideRounded, picoFromUsd, usdFromPico } from './money.ts';

describe('money', () => {
  it.each([
    ['0.15', 150_000_000_000n],
    ['1', 1_000_000_000_000n],
    ['0.000000000001', 1n],
    ['0.0000000000005', 1n],
    ['-2.5', -2_500_000_000_000n],
    ['1e-7', 100_000n],
    ['2.5E3', 2_500_000_000_000_000n],
  ])('reads %s dollars exactly', (usd, pico) => {
    expect(picoFromUsd(usd)).toBe(pico);
  });

  it('reads the numbers of price lists, which are short decimals', () => {
    expect(picoFromUsd(1e-7)).toBe(100_000n);
    expect(picoFromUsd(0.075)).toBe(75_000_000_000n);
  });

  it.each(['', 'abc', '1,5', 'NaN', 'Infinity', '0x10', '1.', '.5', '1e9999'])('refuses %j', (text) => {
    expect(() => picoFromUsd(text)).toThrow(RangeError);
  });

  it('writes at least six decimals and no needless zeros', () => {
    expect(usdFromPico(1_234_000_000n)).toBe('0.001234');
    expect(usdFromPico(0n)).toBe('0.000000');
    expect(usdFromPico(-1n)).toBe('-0.000000000001');
    expect(usdFromPico(8_500_000_000n)).toBe('0.008500');
  });

  it('comes back unchanged from text', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
        (pico) => picoFromUsd(usdFromPico(pico)) === pico,
      ),
    );
  });

  it('rounds half away from zero, and never by more than half', () => {
    expect([divideRounded(5n, 2n), divideRounded(-5n, 2n), divideRounded(4n, 3n)]).toEqual([3n, -3n, 1n]);
    const big = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
    fc.assert(
      fc.property(
        big,
        big.filter((d) => d !== 0n),
        (n, d) => {
          const error = 2n * (divideRounded(n, d) * d - n);
          const magnitude = error < 0n ? -error : error;
          expect(magnitude <= (d < 0n ? -d : d)).toBe(true);
        },
      ),
    );
  });
});
