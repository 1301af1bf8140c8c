import type { Engine, GenerateEvent } from '../ports.ts';
import type { Generation } from './generation.ts';

/** What one of a request's answers does: choice i answers prompt floor(i ÷ choices). */
export interface ChoiceEvent {
  readonly index: number;
  readonly event: GenerateEvent;
}

/**
 * Generates all answers of a request at the same time, and yields their events as they come. The further answers to a prompt
 * begin when the first has its first token: by then its KV is there to be shared.
 * @throws EngineError of the first answer that fails; the others end
 */
export async function* runChoices(
  engine: Pick<Engine, 'generate'>,
  request: Generation,
  signal: AbortSignal,
): AsyncGenerator<ChoiceEvent, void, void> {
  const end = new AbortController();
  const all = AbortSignal.any([signal, end.signal]);
  const events: ChoiceEvent[] = [];
  let failure: { readonly error: unknown } | null = null;
  let running = request.prompts.length * request.choices;
  let wake: (() => void) | null = null;
  const notify = (): void => {
    wake?.();
    wake = null;
  };

  const run = async (index: number, onBegun: () => void): Promise<void> => {
    try {
      for await (const event of engine.generate(requestFor(request, index, all))) {
        events.push({ index, event });
        notify();
        onBegun();
      }
    } catch (error) {
      failure ??= { error };
    }
    running -= 1;
    notify();
  };
  const runPrompt = (prompt: number): void => {
    let begun = false;
    const first = prompt * request.choices;
    void run(first, () => {
      if (begun) return;
      begun = true;
      for (let choice = 1; choice < request.choices; choice++) void run(first + choice, () => undefined);
    });
  };

  try {
    for (let prompt = 0; prompt < request.prompts.length; prompt++) runPrompt(prompt);
    for (;;) {
      for (let next = events.shift(); next; next = events.shift()) yield next;
      // The last await may have changed it, which the compiler can not see.
      const failed = failure as { readonly error: unknown } | null;
      if (failed) throw failed.error;
      if (running === 0) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    end.abort();
  }
}

function requestFor(request: Generation, index: number, signal: AbortSignal) {
  const { sampling, maxTokens, stop, ignoreEos, logprobs } = request;
  const choice = index % request.choices;
  const { seed } = sampling;
  return {
    prompt: request.prompts[Math.floor(index / request.choices)] ?? [],
    maxTokens: maxTokens ?? Number.MAX_SAFE_INTEGER,
    // With one seed for all, the answers to a prompt would be the same.
    sampling: { ...sampling, seed: seed === null ? null : seed + choice },
    stop,
    ignoreEos,
    logprobs,
    signal,
  };
}
