import { hash } from 'node:crypto';
import type { Call } from '../../../core/call.ts';
import type { Prompt } from '../../../core/content.ts';
import { isCallError } from '../../../core/errors.ts';
import { inTime } from '../../../core/in-time.ts';
import { handover } from '../../../core/handover.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { ExampleSettings } from '../../../core/plan/ground.ts';
import type { Log, Stage, TokenCounter } from '../../../core/ports.ts';
import { tenantOf } from '../../cache/exact/tenant.ts';
import { taskOf } from '../../route/task.ts';
import { type AskedAlone, askedAlone } from './asked-alone.ts';
import type { Chosen } from './choose-examples.ts';
import type { ExampleBook } from './example-book.ts';
import { addedText, withExamples } from './with-examples.ts';

export interface ExamplesDeps {
  readonly book: ExampleBook;
  readonly tokens: TokenCounter;
  readonly log: Log;
}

const STAGE = 'ground';
export const SKIPPED = 'skipped-examples';

/** Shows the model well-rated past calls whose questions are near to that of the call. */
export function examplesStage(deps: ExamplesDeps): Stage {
  return (next) =>
    function examples(call) {
      const { examples: settings } = call.plan.ground;
      if (settings === null || call.operation !== 'generate') return next(call);
      return handover(async (reading) => {
        const passed = await exampled(deps, call, settings);
        if (!reading.closed) reading.from = next(passed)[Symbol.asyncIterator]();
        return [];
      });
    };
}

async function exampled(deps: ExamplesDeps, call: Call, settings: ExampleSettings): Promise<Call> {
  const skipped = (why: string, details?: JsonObject): Call => {
    call.trail.decide({ stage: STAGE, action: SKIPPED, why, ...(details && { details }) });
    return call;
  };
  const tenant = tenantOf(call.caller, settings.scope);
  if (tenant === null) return skipped(`the call names no ${settings.scope}`);
  const prompt = promptOf(call);
  if (prompt === null) return skipped('its request cannot be read');
  const asked = askedAlone(prompt, call.body);
  if (typeof asked === 'string') return skipped(asked);
  // What a later rating needs to know of the call: its caller is not in the ledger.
  const noted = { tenant: hash('sha256', tenant).slice(0, 32), task: taskOf(call, prompt).name };
  let found: Found;
  try {
    found = await inTime(settings.maxMs, call.signal, async (signal) => {
      return await find(deps, call, { ...asked, ...noted }, settings, signal);
    });
  } catch (error) {
    if (call.signal.aborted) throw error;
    return skipped(whyNot(deps, call, error), noted);
  }
  const { best, exact, examples, known, model, tokens } = found;
  if (examples.length === 0) {
    const nearest =
      best === null ? '' : ` (${known} known; best ${best.toFixed(2)}, needed ${settings.minSimilarity})`;
    const why = `no well-rated call is near enough to the question${nearest}`;
    call.trail.decide({ stage: STAGE, action: 'found-no-examples', why, details: noted });
    return call;
  }
  call.trail.decide({
    stage: STAGE,
    action: 'gave-examples',
    why: `${examples.length} of ${known} well-rated calls are near to the question: ${tokens} tokens more`,
    details: {
      ...noted,
      examples: examples.map(({ callId, rating, similarity }) => ({
        callId,
        rating,
        similarity: Math.round(similarity * 1000) / 1000,
      })),
      addedTokens: tokens,
      tokensOf: model,
      exact,
    },
    instead: { avoided: { input: -tokens } },
  });
  call.trail.tell('x-illm-examples', String(examples.length));
  const longer = withExamples(prompt, examples);
  return { ...call, prompt: () => longer, rewritten: true };
}

interface Found extends Chosen {
  /** What the examples add to the prompt, in the tokens of that model. */
  readonly tokens: number;
  readonly exact: boolean;
  readonly model: string;
}

async function find(
  { book, tokens }: ExamplesDeps,
  { candidates, requestedModel, target }: Call,
  asked: AskedAlone & { readonly tenant: string; readonly task: string },
  settings: ExampleSettings,
  signal: AbortSignal,
): Promise<Found> {
  const chosen = await book.choose({ ...asked, requestedModel }, settings, signal);
  const model = (target ?? candidates?.[0])?.model ?? requestedModel;
  const text = addedText(chosen.examples);
  const counted = text === '' ? { tokens: 0, exact: true } : await tokens.count(text, model);
  return { ...chosen, ...counted, model };
}

/** Null for what is no request for us: its provider is to say so. */
function promptOf(call: Call): Prompt | null {
  try {
    return call.prompt();
  } catch {
    return null;
  }
}

/** A call is answered without examples too: the operator gets the reason. */
function whyNot({ log }: ExamplesDeps, call: Call, error: unknown): string {
  if (isCallError(error)) return error.message;
  log.error('examples could not be found', { callId: call.id, error });
  return 'they could not be found; the log says why';
}
