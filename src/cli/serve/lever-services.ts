import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Counters } from '../../core/counters.ts';
import type { Bus, Clock, Log } from '../../core/ports.ts';
import { plansOf, type Settings } from '../../core/settings.ts';
import { type LeverServices, NO_SERVICES } from '../../gateway/index.ts';
import type { Admission } from '../../policy/admit/index.ts';
import { createLibrary, type Library } from '../../policy/ground/index.ts';
import { createLearnedRouter } from '../../policy/route/index.ts';
import type { Store } from '../../store/index.ts';
import { createEmbedder } from '../../text/embed/index.ts';
import { modelsDir } from '../../text/models/index.ts';
import { openAdmission } from './admission.ts';
import { openAnswerCache } from './answer-cache.ts';
import { openExamples, type OpenExamples } from './examples.ts';
import { openGuardMemory } from './guard-memory.ts';
import { openPrefixMemory } from './prefix-memory.ts';
import { openRouting, type OpenRouting } from './routing.ts';
import { openSemanticMemory, type SemanticMemory } from './semantic-memory.ts';

export interface LeverDeps {
  /** The settings in force, asked anew for every call. */
  readonly settings: () => Settings;
  readonly store: Store;
  readonly bus: Bus;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly log: Log;
}

export interface OpenLeverServices {
  readonly services: LeverServices & {
    readonly library: Library;
    readonly examples: OpenExamples;
    readonly admission: Admission;
    readonly routing: OpenRouting;
    readonly semanticMemory: SemanticMemory;
  };
  close(): Promise<void>;
}

/** Opens what the levers keep between calls. */
export function openLeverServices({
  settings,
  store,
  bus,
  counters,
  clock,
  log,
}: LeverDeps): OpenLeverServices {
  const embedder = createEmbedder({
    folder: join(modelsDir(process.env, settings().store.dataDir), 'minilm'),
  });
  const library = createLibrary({ store: store.documents, embedder });
  const examples = openExamples({ settings, store, embedder, bus, clock, log });
  const guards = openGuardMemory({ settings, store: store.learned, bus, clock, log });
  const admission = openAdmission({ settings, store, counters, clock, log });
  const { dimensions } = embedder;
  const semanticMemory = openSemanticMemory({
    settings,
    dimensions,
    store: store.learned,
    bus,
    clock,
    log,
  });
  // The first questions are not to wait until the model is read.
  if (plansOf(settings()).some((plan) => plan.cache.semantic.enabled))
    embedder.ready().catch(() => undefined);
  const prefix = openPrefixMemory({
    store: store.prefixHistory,
    begun: plansOf(settings()).some((plan) => plan.cache.prefix.enabled),
    clock,
    log,
  });
  const answers = openAnswerCache({ settings, bus, clock, log });
  const routing = openRouting({ store, bus, clock, log });
  return {
    services: {
      ...NO_SERVICES,
      answers: answers.cache,
      embedder,
      library,
      examples,
      semanticMemory,
      semanticCache: semanticMemory.cache,
      prefixHistory: prefix.history,
      compressGuards: guards.guards,
      admission,
      routing,
      batches: store.batches,
      router: createLearnedRouter({ embedder, read: (file) => readFile(file, 'utf8'), log }),
      observers: [
        (record) => routing.observe(record),
        (record) => admission.observe(record),
        (record) => answers.cache.statistics.observe(record),
      ],
    },
    close: async () => {
      examples.close();
      admission.close();
      await Promise.all([answers.close(), semanticMemory.close(), prefix.close(), guards.close()]);
      await routing.close();
      await embedder.close();
    },
  };
}
