import { isCallError } from '../../core/errors.ts';
import type { ExampleOutcome } from '../../core/examples.ts';
import type { Feedback } from '../../core/feedback.ts';
import { planFor } from '../../core/plan.ts';
import type { ExampleSettings } from '../../core/plan/ground.ts';
import type { Bus, Clock, Embedder, Log } from '../../core/ports.ts';
import type { CallRecord } from '../../core/record.ts';
import type { Settings } from '../../core/settings.ts';
import { storedExchange } from '../../gateway/index.ts';
import { createExampleBook, type ExampleBook, exampleOf } from '../../policy/ground/index.ts';
import type { Store } from '../../store/index.ts';

export interface OpenExamples extends ExampleBook {
  /** Keeps a call that was rated well, and gives up one that was not; null where examples are not switched on. */
  rated(feedback: Feedback, record: CallRecord): Promise<ExampleOutcome | null>;
}

export interface ExamplesDeps {
  readonly settings: () => Pick<Settings, 'models' | 'plan'>;
  readonly store: Pick<Store, 'examples'>;
  readonly embedder: Embedder;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
}

export function openExamples({ settings, store, log, ...deps }: ExamplesDeps): OpenExamples {
  const book = createExampleBook({ ...deps, store: store.examples });

  async function keep(
    feedback: Feedback,
    record: CallRecord,
    examples: ExampleSettings | null,
  ): Promise<string | null> {
    const example = examples
      ? exampleOf(record, feedback, examples, () => storedExchange(record))
      : 'examples are not switched on';
    if (typeof example !== 'string') {
      await book.keep(example);
      return null;
    }
    await book.drop(record.id);
    return example;
  }

  return {
    ...book,
    rated: async (feedback, record) => {
      const { examples } = planFor(settings(), record.requestedModel).ground;
      try {
        const why = await keep(feedback, record, examples);
        if (!examples) return null;
        return why === null ? { kept: true } : { kept: false, why };
      } catch (error) {
        // The rating itself is stored; what is not rated well any more is not given as an example whatever fails here.
        log.warn('a rated call was not kept as an example', { callId: record.id, error });
        const why = isCallError(error) ? error.message : 'it failed; the log says why';
        return examples ? { kept: false, why } : null;
      }
    },
  };
}
