import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  columnDecimals,
  exactDecimals,
  exactUsd,
  formatUsd,
  formatUsdChange,
  formatUsdColumn,
  formatUsdTicks,
  formatUsdTo,
  perCall,
  picoFromUsd,
  shareOf,
  sumUsd,
} from './money.ts';

const pico = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n });

describe('formatUsd', () => {
  it.each([
    ['1234.56', '$1,234.56'],
    ['1234567.005', '$1,234,567.01'],
    ['1', '$1.00'],
    ['0.999999', '$1.0000'],
    ['0.5', '$0.5000'],
    ['0.0123456', '$0.0123'],
    ['0.000123456', '$0.000123'],
    ['0.0000001', '$0.000000100'],
    ['0.000000000001', '$0.000000000001'],
    ['0', '$0.00'],
    ['-0.25', '−$0.2500'],
    ['-12.345', '−$12.35'],
  ])('reads %s as %s', (usd, text) => {
    expect(formatUsd(picoFromUsd(usd))).toBe(text);
  });

  it('never shows an amount above zero as nothing', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 20n }), (amount) => {
        expect(formatUsd(amount)).toMatch(/[1-9]/);
      }),
    );
  });

  it('puts a sign in front of changes', () => {
    expect(formatUsdChange(picoFromUsd('1.2'), 2)).toBe('+$1.20');
    expect(formatUsdChange(picoFromUsd('-1.2'), 2)).toBe('−$1.20');
    expect(formatUsdChange(0n, 2)).toBe('$0.00');
  });
});

describe('exactUsd', () => {
  it('keeps every digit', () => {
    expect(exactUsd(picoFromUsd('1234.000001234567'))).toBe('$1,234.000001234567');
    expect(exactUsd(picoFromUsd('7'))).toBe('$7.00');
    fc.assert(
      fc.property(pico, (amount) => {
        const plain = exactUsd(amount).replace('−', '-').replaceAll(/[$,]/g, '');
        expect(picoFromUsd(plain)).toBe(amount);
      }),
    );
  });
});

describe('sums', () => {
  it('are exact where floats are not', () => {
    expect(sumUsd(['0.1', '0.2'])).toBe(picoFromUsd('0.3'));
    expect(sumUsd(Array.from({ length: 1000 }, () => '0.000000000001'))).toBe(1000n);
  });

  it('divide over calls, rounding half away from zero', () => {
    expect(perCall(10n, 4)).toBe(3n);
    expect(perCall(-10n, 4)).toBe(-3n);
    expect(perCall(10n, 0)).toBe(0n);
  });

  it('give shares of nothing as zero', () => {
    expect(shareOf(0n, 0n)).toBe(0);
    expect(shareOf(1n, 4n)).toBe(0.25);
  });
});

describe('columns', () => {
  it('take the decimals of their largest amount', () => {
    expect(columnDecimals([])).toBe(6);
    expect(columnDecimals([picoFromUsd('0.9'), picoFromUsd('-0.2')])).toBe(6);
    expect(columnDecimals([picoFromUsd('0.9'), picoFromUsd('-20')])).toBe(4);
    expect(columnDecimals([picoFromUsd('100')])).toBe(2);
  });

  it('can keep every digit of all', () => {
    expect(exactDecimals([])).toBe(2);
    expect(exactDecimals([picoFromUsd('1.5'), picoFromUsd('0.0001')])).toBe(4);
  });

  it('never read as nothing what is not nothing', () => {
    expect(formatUsdColumn(picoFromUsd('0.004'), 2)).toBe('<$0.01');
    expect(formatUsdColumn(picoFromUsd('-0.004'), 2)).toBe('>−$0.01');
    expect(formatUsdColumn(picoFromUsd('0.005'), 2)).toBe('$0.01');
    expect(formatUsdColumn(0n, 2)).toBe('$0.00');
  });
});

describe('fixed and axis forms', () => {
  it('round to the decimals asked for', () => {
    expect(formatUsdTo(picoFromUsd('0.0000005'), 6)).toBe('$0.000001');
    expect(formatUsdTo(picoFromUsd('-0.0000001'), 6)).toBe('$0.000000');
    expect(formatUsdTo(picoFromUsd('1999.5'), 0)).toBe('$2,000');
  });

  it('label an axis alike', () => {
    expect(formatUsdTicks([0, 0.05, 0.1])).toEqual(['$0', '$0.05', '$0.10']);
    expect(formatUsdTicks([0, 0.5, 1])).toEqual(['$0', '$0.50', '$1.00']);
    expect(formatUsdTicks([0, 0.0002, 0.0004])).toEqual(['$0', '$0.0002', '$0.0004']);
    expect(formatUsdTicks([0, 0.025, 0.05])).toEqual(['$0', '$0.025', '$0.050']);
    expect(formatUsdTicks([0, 20, 40])).toEqual(['$0', '$20', '$40']);
    expect(formatUsdTicks([0, 500, 1000, 1500])).toEqual(['$0', '$500', '$1K', '$1.5K']);
    expect(formatUsdTicks([0, 1e6])).toEqual(['$0', '$1M']);
    expect(formatUsdTicks([-0.5, 0, 0.5])).toEqual(['−$0.50', '$0', '$0.50']);
    expect(formatUsdTicks([-500, 0])).toEqual(['−$500', '$0']);
  });

  it('refuses what is no amount', () => {
    for (const bad of ['', 'abc', '1.', '1e5', '$1']) expect(() => picoFromUsd(bad)).toThrow(RangeError);
  });
});
