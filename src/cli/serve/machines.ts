import type { Machine } from '../../api/index.ts';
import { picoFromUsd, usdFromPico } from '../../core/money.ts';
import type { ProviderSettings } from '../../core/settings.ts';
import type { GpuSnapshot } from '../../pricing/index.ts';

/** What self-hosted machines cost since they are metered, busy and idle. @param now epoch milliseconds */
export function describeMachines(
  meters: readonly { readonly provider: string; readonly snapshot: GpuSnapshot }[],
  providers: Readonly<Record<string, ProviderSettings>>,
  now: number,
): Machine[] {
  return meters.flatMap(({ provider, snapshot }) => {
    const gpu = providers[provider]?.gpu;
    if (!gpu) return [];
    const { busyMs, idleMs, busyCost, idleCost } = snapshot;
    const wholeMs = busyMs + idleMs;
    return [
      {
        provider,
        hourlyUsd: usdFromPico(picoFromUsd(gpu.hourlyUsd) * BigInt(gpu.count)),
        gpus: gpu.count,
        since: new Date(now - wholeMs).toISOString(),
        busyMs,
        idleMs,
        busyCostUsd: usdFromPico(busyCost),
        idleCostUsd: usdFromPico(idleCost),
        idleShare: wholeMs === 0 ? 1 : idleMs / wholeMs,
      },
    ];
  });
}
