import type { Call } from '../core/call.ts';
import { isContent, type Part } from '../core/part.ts';
import type { Clock, Handler } from '../core/ports.ts';
import type { PricedCost } from '../core/price.ts';
import type { ProviderSettings } from '../core/settings.ts';
import { type GpuMeter, gpuMeter, type GpuSnapshot } from '../pricing/index.ts';

export interface Machines {
  /** Times the calls that go to self-hosted providers; others pass untouched. */
  timed(next: Handler): Handler;
  /** The machine cost of a finished call, once; null when it ran on no machine of ours. */
  take(callId: string): PricedCost | null;
  /** Busy and idle time since the start, by provider. */
  snapshot(): readonly { readonly provider: string; readonly snapshot: GpuSnapshot }[];
}

/** Self-hosted providers pay by the hour: each call gets its weighted share of its machine's busy time. */
export function machines(
  providers: () => Readonly<Record<string, ProviderSettings>>,
  clock: Clock,
): Machines {
  const meters = new Map<string, { readonly settings: string; readonly meter: GpuMeter }>();
  const finished = new Map<string, PricedCost>();

  const meterOf = (provider: string): GpuMeter | null => {
    const gpu = providers()[provider]?.gpu;
    if (!gpu) return null;
    const settings = JSON.stringify(gpu);
    const known = meters.get(provider);
    if (known?.settings === settings) return known.meter;
    const meter = gpuMeter(gpu, clock.ticks());
    meters.set(provider, { settings, meter });
    return meter;
  };

  async function* time(call: Call, next: Handler, meter: GpuMeter): AsyncIterable<Part> {
    const ticket = meter.begin(clock.ticks());
    let decoding = false;
    try {
      for await (const part of next(call)) {
        if (!decoding && isContent(part)) {
          decoding = true;
          ticket.firstToken(clock.ticks());
        }
        if (part.type === 'finish') settle();
        yield part;
      }
    } finally {
      settle();
    }
    function settle(): void {
      const cost = ticket.end(clock.ticks());
      if (cost) finished.set(call.id, plus(finished.get(call.id), cost));
    }
  }

  return {
    timed: (next) =>
      function timed(call) {
        const meter = call.target && meterOf(call.target.provider);
        return meter ? time(call, next, meter) : next(call);
      },
    take: (callId) => {
      const cost = finished.get(callId) ?? null;
      finished.delete(callId);
      return cost;
    },
    snapshot: () => {
      for (const provider of Object.keys(providers())) meterOf(provider);
      return [...meters].map(([provider, { meter }]) => ({
        provider,
        snapshot: meter.snapshot(clock.ticks()),
      }));
    },
  };
}

/** Retries on the same machine add up. */
function plus(before: PricedCost | undefined, cost: PricedCost): PricedCost {
  if (!before?.priced || !cost.priced) return cost;
  return { ...cost, total: before.total + cost.total, parts: [...before.parts, ...cost.parts] };
}
