import type { ExampleFilter, ExampleStore, ListedExample, NewExample } from '../../../core/examples.ts';
import type { ExampleSettings } from '../../../core/plan/ground.ts';
import type { Bus, Clock, Embedder } from '../../../core/ports.ts';
import { type Chosen, chooseExamples, type Wanted } from './choose-examples.ts';
import { LoadedExamples } from './loaded-examples.ts';

/** Examples, and those that are nearest to a question. All of it throws CallError `not_ready` without store or model. */
export interface ExampleBook {
  choose(wanted: Wanted, settings: ExampleSettings, signal?: AbortSignal): Promise<Chosen>;
  keep(example: Omit<NewExample, 'vector'>): Promise<void>;
  /** False when there is none of that call. */
  drop(callId: string): Promise<boolean>;
  list(filter: ExampleFilter): Promise<readonly ListedExample[]>;
  close(): void;
}

export interface ExampleBookDeps {
  readonly store: ExampleStore;
  readonly embedder: Embedder;
  readonly bus: Bus;
  readonly clock: Clock;
}

const TOPIC = 'examples';
/** All are looked at for each question: half a millisecond. */
const MOST_OF_A_TENANT = 500;
/** Changes whose message was missed, and calls that are gone, are seen after this time. */
const REREAD_MS = 5 * 60_000;
/** 40 MB. */
const MOST_CHARACTERS = 20_000_000;
const MOST_TENANTS = 10_000;

export function createExampleBook({ store, embedder, bus, clock }: ExampleBookDeps): ExampleBook {
  const loaded = new LoadedExamples((tenant) => store.of(tenant, MOST_OF_A_TENANT), {
    mostCharacters: MOST_CHARACTERS,
    mostTenants: MOST_TENANTS,
    rereadMs: REREAD_MS,
    ticks: () => clock.ticks(),
  });
  const unsubscribe = bus.subscribe(TOPIC, (tenant) => loaded.forget(tenant));
  const changed = (tenant: string): void => {
    loaded.forget(tenant);
    bus.publish(TOPIC, tenant);
  };

  return {
    choose: async (wanted, settings, signal) => {
      const [examples, [vector]] = await Promise.all([
        loaded.of(wanted.tenant),
        embedder.embed([wanted.question], signal),
      ]);
      return vector ? chooseExamples(examples, wanted, vector, settings) : NONE;
    },
    keep: async (example) => {
      const [vector] = await embedder.embed([example.question]);
      await store.put(
        { ...example, vector: vector ?? new Float32Array(embedder.dimensions) },
        MOST_OF_A_TENANT,
      );
      changed(example.tenant);
    },
    drop: async (callId) => {
      const tenant = await store.remove(callId);
      if (tenant !== null) changed(tenant);
      return tenant !== null;
    },
    list: (filter) => store.list(filter),
    close: unsubscribe,
  };
}

const NONE: Chosen = { examples: [], known: 0, best: null };
