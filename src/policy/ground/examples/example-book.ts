import type {
  Example,
  ExampleFilter,
  ExampleStore,
  ListedExample,
  NewExample,
} from '../../../core/examples.ts';
import type { ExampleSettings } from '../../../core/plan/ground.ts';
import type { Bus, Clock, Embedder } from '../../../core/ports.ts';
import { type Chosen, chooseExamples, lengthOf, type Wanted } from './choose-examples.ts';

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
/** All are looked at for each question: well under a millisecond. */
const MOST_OF_A_TENANT = 500;
/** Changes whose message was missed, and calls that are gone, are seen after this time. */
const REREAD_MS = 5 * 60_000;
/** Of the tenants asked for last, in memory: 40 MB, and 1.5 KB an example for its vector. */
const MOST_CHARACTERS = 20_000_000;
const MOST_TENANTS = 100;

interface Loaded {
  readonly examples: Promise<readonly Example[]>;
  readonly at: number;
  /** 0 until they are read. */
  characters: number;
}

export function createExampleBook({ store, embedder, bus, clock }: ExampleBookDeps): ExampleBook {
  /** By tenant, the one that was used last at the end. */
  const loaded = new Map<string, Loaded>();
  const unsubscribe = bus.subscribe(TOPIC, (tenant) => loaded.delete(tenant));
  const changed = (tenant: string): void => {
    loaded.delete(tenant);
    bus.publish(TOPIC, tenant);
  };

  function examplesOf(tenant: string): Promise<readonly Example[]> {
    const known = loaded.get(tenant);
    loaded.delete(tenant);
    const fresh = known !== undefined && clock.ticks() - known.at < REREAD_MS;
    const entry = fresh ? known : read(tenant);
    loaded.set(tenant, entry);
    makeRoom();
    return entry.examples;
  }

  function read(tenant: string): Loaded {
    const examples = store.of(tenant, MOST_OF_A_TENANT);
    const entry: Loaded = { examples, at: clock.ticks(), characters: 0 };
    examples.then(
      (all) => {
        entry.characters = all.reduce((sum, example) => sum + lengthOf(example), 0);
        makeRoom();
      },
      () => {
        if (loaded.get(tenant) === entry) loaded.delete(tenant);
      },
    );
    return entry;
  }

  function makeRoom(): void {
    let characters = 0;
    for (const entry of loaded.values()) characters += entry.characters;
    for (const [tenant, entry] of loaded) {
      if (loaded.size <= 1 || (characters <= MOST_CHARACTERS && loaded.size <= MOST_TENANTS)) return;
      loaded.delete(tenant);
      characters -= entry.characters;
    }
  }

  return {
    choose: async (wanted, settings, signal) => {
      const [examples, [vector]] = await Promise.all([
        examplesOf(wanted.tenant),
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
