import type { Bus, Clock, Log } from '../../core/ports.ts';
import type { Settings } from '../../core/settings.ts';
import { type LeverServices, NO_SERVICES } from '../../gateway/index.ts';
import type { Store } from '../../store/index.ts';

export interface LeverDeps {
  /** The settings in force, asked anew for every call. */
  readonly settings: () => Settings;
  readonly store: Store;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
}

export interface OpenLeverServices {
  readonly services: LeverServices;
  close(): Promise<void>;
}

/** Opens what the levers keep between calls. */
export function openLeverServices(_deps: LeverDeps): OpenLeverServices {
  return { services: NO_SERVICES, close: async () => undefined };
}
