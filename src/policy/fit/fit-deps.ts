import type { FitSettings } from '../../core/plan/fit.ts';
import type { TokenCounter } from '../../core/ports.ts';
import type { CompressTo } from './way.ts';
import type { ContextWindows } from './windows.ts';

export interface FitDeps {
  readonly windows: ContextWindows;
  readonly tokens: TokenCounter;
  /** Null where there is none. */
  readonly compressTo: CompressTo | null;
}

/** Whether more was switched on than passing over candidates. */
export function changesPrompts({ ways, longer }: FitSettings): boolean {
  return longer.length > 0 || ways.some((way) => way !== 'longer-window');
}
