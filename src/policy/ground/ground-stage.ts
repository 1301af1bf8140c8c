import { answerOf } from '../../core/answer.ts';
import { withoutKey } from '../../core/aside.ts';
import type { Call } from '../../core/call.ts';
import { abortSignalOf } from '../../core/call-signal.ts';
import { isCallError } from '../../core/errors.ts';
import { handover } from '../../core/handover.ts';
import type { HeadPart, Part } from '../../core/part.ts';
import type { GroundCheck, GroundSettings } from '../../core/plan/ground.ts';
import type { Embedder, Handler, Log, Stage } from '../../core/ports.ts';
import { formatTarget } from '../../core/target.ts';
import { type Support, supportOf } from './check-answer.ts';
import type { Found, Library } from './library.ts';
import { chosenPassages, stricter, withSources } from './sourced-prompt.ts';
import { lastUserText } from '../../text/prompt-text.ts';

export interface GroundDeps {
  readonly library: Library;
  readonly embedder: Embedder;
  /** An answer as typed parts, also where its content came as bytes; null where it cannot be read. */
  readonly readAnswer: (call: Call, parts: readonly Part[]) => readonly Part[] | null;
  readonly log: Log;
}

/** Passages considered for each that is put into a prompt: some are too long. */
const LOOKED_AT = 4;

/** Puts passages of the configured documents into the prompt, and compares the answer with them. */
export function groundStage(deps: GroundDeps): Stage {
  return (next) =>
    function ground(call) {
      const { ground: settings } = call.plan;
      if (settings.collection === null || call.operation !== 'generate') return next(call);
      return grounded(deps, next, call, settings, settings.collection);
    };
}

function grounded(
  deps: GroundDeps,
  next: Handler,
  call: Call,
  settings: GroundSettings,
  collection: string,
): AsyncIterable<Part> {
  let rest: AsyncIterable<Part> | null = null;
  return handover(async (reading) => {
    const passages = await retrieve(deps, call, settings, collection);
    const sourced: Call =
      passages.length === 0
        ? call
        : { ...call, prompt: withPassages(call, passages, settings), rewritten: true };
    const { check } = settings;
    rest =
      check === null || passages.length === 0
        ? next(sourced)
        : check.remedy === 'flag'
          ? flagging(deps, next, sourced, passages, check)
          : mending(deps, next, sourced, passages, check);
    reading.from = rest[Symbol.asyncIterator]();
    return [];
  });
}

function withPassages(call: Call, passages: readonly Found[], { citations }: GroundSettings): Call['prompt'] {
  const prompt = withSources(call.prompt(), passages, citations);
  return () => prompt;
}

async function retrieve(
  { library }: GroundDeps,
  call: Call,
  settings: GroundSettings,
  collection: string,
): Promise<readonly Found[]> {
  const question = lastUserText(call.prompt());
  const found =
    question === ''
      ? []
      : await library.search(collection, question, settings.passages * LOOKED_AT, abortSignalOf(call.signal));
  const passages = chosenPassages(found, settings);
  if (passages.length === 0) {
    const best = found[0]?.score.toFixed(2) ?? 'none';
    const why = `no passage of ${collection} is near enough to the question (best ${best}, needed ${settings.minScore})`;
    call.trail.decide({ stage: 'ground', action: 'found-nothing', why });
    return passages;
  }
  const names = [...new Set(passages.map(({ document }) => document))];
  call.trail.decide({
    stage: 'ground',
    action: 'retrieved',
    why: `${passages.length} passages of ${collection}: ${names.join(', ')}`,
    details: {
      passages: passages.map(({ document, order, score }) => ({ document, order, score: rounded(score) })),
    },
  });
  call.trail.tell('x-illm-sources', names.join('; '));
  return passages;
}

/** Passes the answer on as it comes. A whole one waits for its check, so that the header can tell it. */
async function* flagging(
  deps: GroundDeps,
  next: Handler,
  call: Call,
  passages: readonly Found[],
  check: GroundCheck,
): AsyncIterable<Part> {
  const parts: Part[] = [];
  for await (const part of next(call)) {
    parts.push(part);
    if (call.stream) yield part;
  }
  const support = await judge(deps, call, parts, passages, check);
  if (support) tell(call, support, check, support.share < check.minShare ? 'flagged' : 'supported');
  if (!call.stream) yield* parts;
}

/** Holds the answer back until its check, and asks once more when it is not supported. */
async function* mending(
  deps: GroundDeps,
  next: Handler,
  call: Call,
  passages: readonly Found[],
  check: GroundCheck,
): AsyncIterable<Part> {
  const parts: Part[] = [];
  for await (const part of next(call)) parts.push(part);
  const support = await judge(deps, call, parts, passages, check);
  if (!support || support.share >= check.minShare) {
    if (support) tell(call, support, check, 'supported');
    yield* parts;
    return;
  }
  bookRejected(call, parts);
  const { escalateTo } = check;
  const escalated = check.remedy === 'escalate' && escalateTo !== null;
  tell(call, support, check, escalated ? 'escalated' : 'retried');
  const prompt = stricter(call.prompt());
  const wire = withoutKey(call);
  const again: Call = escalated
    ? {
        ...call,
        wire,
        candidates: [escalateTo],
        target: null,
        resolvedBy: `escalated to ${formatTarget(escalateTo)}`,
      }
    : { ...call, wire, prompt: () => prompt, rewritten: true };
  yield* flagging(deps, next, again, passages, check);
}

/** Null where the answer cannot be read or compared: then it is passed on, and the trail says so. */
async function judge(
  { embedder, readAnswer, log }: GroundDeps,
  call: Call,
  parts: readonly Part[],
  passages: readonly Found[],
  { minSupport }: GroundCheck,
): Promise<Support | null> {
  const typed = readAnswer(call, parts);
  const text = (typed ? answerOf(typed).content : [])
    .flatMap((content) => (content.type === 'text' ? [content.text] : []))
    .join('\n');
  try {
    if (typed) return await supportOf(text, passages, minSupport, embedder, abortSignalOf(call.signal));
  } catch (error) {
    if (!isCallError(error))
      log.error('an answer could not be compared with its sources', { callId: call.id, error });
  }
  call.trail.decide({
    stage: 'ground',
    action: 'unchecked',
    why: 'the answer could not be compared with its sources',
  });
  return null;
}

function tell(call: Call, support: Support, { minShare }: GroundCheck, action: string): void {
  const { sentences, supported, share, unsupported } = support;
  call.trail.decide({
    stage: 'ground',
    action,
    why: `${supported} of ${sentences} sentences are supported by the sources; ${minShare} of them must be`,
    details: { share: rounded(share), sentences, unsupported: unsupported.slice(0, 50) },
  });
  call.trail.tell('x-illm-grounded', share.toFixed(3));
}

function bookRejected(call: Call, parts: readonly Part[]): void {
  const head = parts.find((part): part is HeadPart => part.type === 'head');
  const usage = parts.findLast((part) => part.type === 'usage') ?? null;
  if (!head || head.stored === true) return;
  const why = 'an answer that its sources do not support';
  call.trail.spent({ stage: 'ground', why, target: head.target, usage });
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
