import { viewOf } from './entries.ts';
import type { Entry, InstanceId, Message, Offer } from './messages.ts';
import type { PerformanceModel } from './performance-model.ts';
import { type InstanceView, type Move, plan } from './plan.ts';
import { spread } from './spread.ts';

interface Known {
  sequence: number;
  readonly entries: Map<string, Entry>;
}

/** The global view, rebuilt from heartbeats, and the advice that follows from it. */
export class GManager {
  readonly #instances = new Map<InstanceId, Known>();

  /** @returns whether the instance must be asked for all of its entries */
  heartbeat(from: InstanceId, { sequence, full, changes }: Message & { type: 'state' }): boolean {
    const known = this.#instances.get(from);
    if (known && sequence <= known.sequence) return false;
    if (!full && known?.sequence !== sequence - 1) return true;
    const entries = full ? new Map<string, Entry>() : (known?.entries ?? new Map<string, Entry>());
    for (const [key, entry] of changes) {
      if (entry) entries.set(key, entry);
      else entries.delete(key);
    }
    this.#instances.set(from, { sequence, entries });
    return false;
  }

  forget(instance: InstanceId): void {
    this.#instances.delete(instance);
  }

  clear(): void {
    this.#instances.clear();
  }

  view(): readonly InstanceView[] {
    return [...this.#instances].map(([instance, { entries }]) => viewOf(instance, entries));
  }

  plan(model: PerformanceModel): readonly Move[] {
    return plan(this.view(), model);
  }

  /** Whom a debtor should ask for so many blocks. Idle instances first, together: they lose nothing by it. */
  creditors(debtor: InstanceId, blocks: number): readonly Offer[] {
    const lenders = this.view()
      .filter(({ instance, offered }) => instance !== debtor && offered > 0)
      .sort((a, b) => a.batch - b.batch || b.offered - a.offered || (a.instance < b.instance ? -1 : 1));
    const offerOf = ({ instance, offered }: InstanceView): Offer => ({ instance, blocks: offered });
    const offers = [...spread(lenders.filter(({ batch }) => batch === 0).map(offerOf), blocks)];
    let missing = offers.reduce((left, each) => left - each.blocks, blocks);
    for (const { instance, offered } of lenders.filter(({ batch }) => batch > 0)) {
      if (missing <= 0) break;
      offers.push({ instance, blocks: Math.min(missing, offered) });
      missing -= offered;
    }
    return offers;
  }
}
