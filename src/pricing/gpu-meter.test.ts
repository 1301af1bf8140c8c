import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { picoFromUsd } from '../core/money.ts';
import type { PricedCost } from '../core/price.ts';
import { gpuMeter, type GpuTicket } from './gpu-meter.ts';

const ONE_GPU = { hourlyUsd: '3', count: 1, prefillWeight: 4 };

function total(cost: PricedCost | null): bigint {
  if (!cost?.priced) throw new Error('no cost');
  return cost.total;
}

describe('the GPU meter', () => {
  it('bills a machine that served one request for the whole time', () => {
    const meter = gpuMeter(ONE_GPU, 0);
    const ticket = meter.begin(0);
    ticket.firstToken(400);
    const cost = ticket.end(10_000);
    // $3 an hour, 10 s, 1,000 tokens: $0.0083 per 1K tokens.
    expect(cost).toEqual({
      priced: true,
      total: picoFromUsd('0.008333333333'),
      version: 'gpu',
      parts: [
        {
          kind: 'gpu',
          units: 10_000,
          rateUsd: '3.000000',
          per: 'hour',
          cost: picoFromUsd('0.008333333333'),
        },
      ],
    });
  });

  it('counts GPU milliseconds of all GPUs of the machine', () => {
    const meter = gpuMeter({ hourlyUsd: '3', count: 4, prefillWeight: 1 }, 0);
    const cost = meter.begin(0).end(900_000);
    expect(total(cost)).toBe(picoFromUsd('3'));
    expect(cost?.priced && cost.parts[0]?.units).toBe(3_600_000);
  });

  it('splits the time by weight: prefill weighs more than decode', () => {
    const meter = gpuMeter({ hourlyUsd: '3.6', count: 1, prefillWeight: 3 }, 0);
    const decoding = meter.begin(0);
    decoding.firstToken(0);
    const prefilling = meter.begin(0);
    const [a, b] = [total(prefilling.end(1_000)), total(decoding.end(1_000))];
    expect(a).toBe(picoFromUsd('0.00075'));
    expect(b).toBe(picoFromUsd('0.00025'));
  });

  it('keeps idle time apart', () => {
    const meter = gpuMeter({ hourlyUsd: '3.6', count: 1, prefillWeight: 1 }, 500);
    const ticket = meter.begin(1_500);
    expect(meter.snapshot(2_000)).toMatchObject({ busyMs: 500, idleMs: 1_000, inFlight: 1 });
    ticket.end(4_500);
    expect(meter.snapshot(10_500)).toEqual({
      busyMs: 3_000,
      idleMs: 7_000,
      busyCost: picoFromUsd('0.003'),
      idleCost: picoFromUsd('0.007'),
      inFlight: 0,
    });
  });

  it('ends once, and ignores tokens afterwards and a clock that goes back', () => {
    const meter = gpuMeter(ONE_GPU, 1_000);
    const ticket = meter.begin(500);
    ticket.firstToken(1_100);
    ticket.firstToken(1_200);
    expect(total(ticket.end(1_500))).toBe(picoFromUsd('0.000416666667'));
    expect(ticket.end(2_000)).toBeNull();
    ticket.firstToken(2_500);
    expect(meter.snapshot(3_000)).toMatchObject({ busyMs: 500, idleMs: 1_500, inFlight: 0 });
  });

  it('gives away exactly the busy time, and busy and idle are all the time there was', () => {
    const event = fc.record({
      after: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 5_000, noNaN: true })),
      what: fc.constantFrom('begin' as const, 'token' as const, 'end' as const),
      which: fc.nat(),
    });
    const settings = fc.record({
      hourlyUsd: fc.constantFrom('3', '0.000001', '2.49', '98.32'),
      count: fc.integer({ min: 1, max: 64 }),
      prefillWeight: fc.double({ min: 0.5, max: 40, noNaN: true }),
    });
    fc.assert(
      fc.property(settings, fc.array(event, { maxLength: 120 }), (settings, events) => {
        const meter = gpuMeter(settings, 0);
        const running: GpuTicket[] = [];
        const costs: bigint[] = [];
        let now = 0;
        for (const { after, what, which } of events) {
          now += after;
          const index = which % Math.max(1, running.length);
          if (what === 'begin') running.push(meter.begin(now));
          else if (what === 'token') running[index]?.firstToken(now);
          else for (const ticket of running.splice(index, 1)) costs.push(total(ticket.end(now)));
        }
        for (const ticket of running) costs.push(total(ticket.end(now)));
        const { busyMs, idleMs, busyCost, inFlight } = meter.snapshot(now);
        expect(inFlight).toBe(0);
        expect(busyMs + idleMs).toBeCloseTo(now, 5);
        const given = costs.reduce((sum, cost) => sum + cost, 0n);
        const off = given > busyCost ? given - busyCost : busyCost - given;
        expect(off).toBeLessThanOrEqual(BigInt(costs.length) + 1n);
      }),
    );
  });
});
