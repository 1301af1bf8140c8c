import type { KeyStore, LedgerReader } from '../../api/index.ts';
import type { KeyRing, LedgerSink } from '../../core/ports.ts';

/** The store as the gateway and the management API use it. */
export interface OpenedStore {
  readonly sink: LedgerSink;
  readonly keyRing: KeyRing;
  readonly reader: LedgerReader;
  readonly keys: KeyStore;
  healthy(): boolean;
  /** Calls kept on disk until the store is back. */
  journaledRows(): number;
  /** Writes what is waiting, and closes. */
  close(): Promise<void>;
}
