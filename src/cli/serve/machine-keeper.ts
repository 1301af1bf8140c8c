import type { Clock, Log } from '../../core/ports.ts';
import { picoFromUsd, usdFromPico } from '../../core/money.ts';
import type { Machine } from '../../api/index.ts';
import type { ProviderSettings } from '../../core/settings.ts';
import type { Machines } from '../../gateway/index.ts';
import type { GpuSnapshot } from '../../pricing/index.ts';
import type { MachineTime, MachineTimeRow } from '../../store/index.ts';

const PERIOD_MS = 10_000;
const SHOWN_MS = 30 * 86_400_000;

/** Carries what the meters of self-hosted machines count into the store. */
export interface MachineKeeper {
  /** What the machines cost in the last 30 days, busy and idle. @throws SqlError */
  report(): Promise<Machine[]>;
  /** Stores what is not stored yet, and stops. */
  close(): Promise<void>;
}

export interface MachineKeeperDeps {
  readonly machines: Pick<Machines, 'snapshot'>;
  readonly store: MachineTime;
  readonly providers: () => Readonly<Record<string, ProviderSettings>>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

export function keepMachineTime({
  machines,
  store,
  providers,
  clock,
  log,
}: MachineKeeperDeps): MachineKeeper {
  const stored = new Map<string, GpuSnapshot>();
  let storing = Promise.resolve();

  /** One at a time, so that nothing is added twice. */
  const keep = (): Promise<void> => {
    storing = storing.then(add).catch((error: unknown) => {
      log.warn('The time of machines could not be stored; it is tried again', { error: String(error) });
    });
    return storing;
  };
  const add = async (): Promise<void> => {
    const meters = machines.snapshot();
    await store.add(
      meters.map(({ provider, snapshot }) => rowOf(provider, snapshot, stored.get(provider), clock.now())),
    );
    for (const { provider, snapshot } of meters) stored.set(provider, snapshot);
  };
  const timer = setInterval(() => void keep(), PERIOD_MS).unref();

  return {
    report: async () => {
      await keep();
      const totals = await store.totals(clock.now() - SHOWN_MS);
      return totals.flatMap(({ provider, busyMs, idleMs, ...total }) => {
        const gpu = providers()[provider]?.gpu;
        if (!gpu) return [];
        const hourlyUsd = usdFromPico(picoFromUsd(gpu.hourlyUsd) * BigInt(gpu.count));
        const idleShare = busyMs + idleMs === 0 ? 1 : idleMs / (busyMs + idleMs);
        return [{ ...total, provider, hourlyUsd, gpus: gpu.count, busyMs, idleMs, idleShare }];
      });
    },
    close: async () => {
      clearInterval(timer);
      await keep();
    },
  };
}

/** What a meter counted since it was stored last; a meter made anew after a change of its settings began at zero. */
function rowOf(
  provider: string,
  now: GpuSnapshot,
  before: GpuSnapshot | undefined,
  at: number,
): MachineTimeRow {
  const isSame = before !== undefined && now.busyMs >= before.busyMs && now.idleMs >= before.idleMs;
  const since = isSame ? before : { busyMs: 0, idleMs: 0, busyCost: 0n, idleCost: 0n };
  return {
    at,
    provider,
    busyMs: now.busyMs - since.busyMs,
    idleMs: now.idleMs - since.idleMs,
    busyCostUsd: usdFromPico(now.busyCost - since.busyCost),
    idleCostUsd: usdFromPico(now.idleCost - since.idleCost),
  };
}
