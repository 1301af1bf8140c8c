import type { BatchAccess } from '../../api/index.ts';
import type { DayWindow } from '../../core/batch.ts';
import type { Clock } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import { opensAt } from '../../policy/batch/index.ts';
import type { Store } from '../../store/index.ts';

/** The batches as the management API shows them. Who runs one that is cancelled sees it within seconds. */
export function batchAccess(
  { batches, batchReports }: Pick<Store, 'batches' | 'batchReports'>,
  settings: () => Settings,
  clock: Clock,
): BatchAccess {
  return {
    ...batchReports,
    cancel: (tenant, id) => batches.cancel(tenant, id, clock.now()),
    hours: () => {
      const { enabled, providers, timezone, windows } = settings().batch;
      const now = clock.now();
      const next = opensAt(windows, timezone, now);
      return {
        enabled,
        providers,
        timezone,
        windows: windows.map(spanOf),
        opensAt: next === null || next <= now ? null : new Date(next).toISOString(),
      };
    },
  };
}

function spanOf({ from, to }: DayWindow): string {
  return `${clockOf(from)}-${clockOf(to)}`;
}

function clockOf(minute: number): string {
  const [hours, minutes] = [Math.floor(minute / 60), minute % 60];
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
}
