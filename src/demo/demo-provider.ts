import { startSimulatedProvider } from './provider/server.ts';
import type { SimulatedProvider } from './provider/server.ts';
import { scenarioOf } from './provider/scenario.ts';
import type { Scenario } from './provider/scenario.ts';
import type { Ask } from './provider/ask.ts';
import { json } from './provider/wire.ts';
import type { SimulatedAnswer } from './provider/wire.ts';
import { pieces, seededRandom, sentences } from './provider/words.ts';
import { createWorld } from './provider/world.ts';
import { WORKLOADS } from './workloads.ts';
import type { Workload } from './workloads.ts';

const OVERLOADED = 0.02;
/** A day, for who watches a demonstration. */
const BATCH_MS = 20_000;
const WORDS: readonly [number, number] = [40, 220];

/** The simulated provider of the demonstration: unhurried, wordy, and now and then overloaded. */
export function startDemoProvider(seed: string): Promise<SimulatedProvider> {
  const draw = seededRandom(`provider ${seed}`);
  return startSimulatedProvider({
    world: createWorld({ script: demoScenario, models: WORKLOADS.flatMap(modelsOf) }),
    batchMs: BATCH_MS,
    pace: () => ({ firstMs: 150 + draw() * 500, chunkMs: 10 + draw() * 15 }),
    mishap: () => (draw() < OVERLOADED ? overloaded() : null),
  });
}

function modelsOf({ targets }: Workload): string[] {
  return targets.map(({ model }) => model);
}

/** Prose of the length that real answers have; models that think do so. */
function demoScenario(ask: Ask): Scenario | null {
  if (ask.schema || ask.tools.length > 0) return null;
  const [least, most] = WORDS;
  const words = least + Math.floor(seededRandom(`words ${ask.promptText}`)() * (most - least));
  return scenarioOf(ask, {
    reasoning: ask.reasons ? pieces(sentences(`thoughts ${ask.promptText}`, words)) : [],
    text: pieces(sentences(ask.promptText, words)),
  });
}

function overloaded(): SimulatedAnswer {
  const error = { type: 'overloaded_error', message: 'The simulated provider is overloaded.' };
  return json({ type: 'error', error }, 503, { 'retry-after': '1' });
}
