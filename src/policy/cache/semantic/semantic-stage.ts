import { hash } from 'node:crypto';
import { answerOf } from '../../../core/answer.ts';
import type { Call } from '../../../core/call.ts';
import { abortSignalOf } from '../../../core/call-signal.ts';
import { handover, type Reading } from '../../../core/handover.ts';
import { uuidv7 } from '../../../core/ids.ts';
import { DROPPED } from '../../../core/learned.ts';
import type { Part } from '../../../core/part.ts';
import type { SemanticCacheSettings } from '../../../core/plan/semantic-cache.ts';
import type { Clock, Embedder, Handler, Log, Random, Stage } from '../../../core/ports.ts';
import { type CacheControl, cacheControl } from '../exact/control.ts';
import { answerForm } from '../exact/key.ts';
import { insteadOf, isWhole, partsFor, type ReadAnswer, sizeOfPart } from '../exact/stored-answer.ts';
import { tenantOf } from '../exact/tenant.ts';
import type { SemanticEvent } from './event.ts';
import { traitsOf } from './guard.ts';
import type { Rule } from './learner.ts';
import { askedBy } from './question.ts';
import { isSameAnswer } from './same-answer.ts';
import type { Candidate, SemanticCache } from './semantic-cache.ts';
import { dot } from '../../../core/similarity.ts';

export interface SemanticCacheDeps {
  readonly cache: SemanticCache;
  readonly embedder: Embedder;
  readonly readAnswer: ReadAnswer;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Told of learning that goes on after its call has ended. */
  readonly onLearning?: (learning: Promise<void>) => void;
}

const STAGE = 'semantic-cache';
const HEADER = 'x-illm-cache';
/** Longest time that a call waits for its embedding; then it is sent on. */
const PATIENCE_MS = 1_000;
const SAME_QUESTION = 0.9999;

/** A call whose question was looked up. */
interface Looked {
  readonly call: Call;
  readonly settings: SemanticCacheSettings;
  readonly control: CacheControl;
  readonly context: string;
  readonly question: string;
  readonly vector: Float32Array;
  /** What is learnt together: calls of this tenant and name of the model. */
  readonly kind: string;
  readonly candidate: Candidate | null;
  /** That the candidate's answer is right. */
  readonly chance: number;
}

/**
 * Gives the answer to a question that means the same, where what was learnt bounds the share of wrong ones by what the
 * settings ask. Else the model is asked, and its answer compared with the one that would have been given.
 */
export function semanticCacheStage(deps: SemanticCacheDeps): Stage {
  return (next) =>
    function cachingByMeaning(call) {
      if (!call.plan.cache.semantic.enabled || call.operation !== 'generate') return next(call);
      return handover(async (reading) => await open(deps, next, call, reading));
    };
}

async function open(deps: SemanticCacheDeps, next: Handler, call: Call, reading: Reading): Promise<Part[]> {
  const pass = (why: string): Part[] => {
    call.trail.decide({ stage: STAGE, action: 'bypassed', why: `The cache had no part in it: ${why}.` });
    reading.from = next(call)[Symbol.asyncIterator]();
    return [];
  };
  const settings = call.plan.cache.semantic;
  const control = cacheControl(call.wire.headers, call.plan.cache.exact);
  if (control.noStore) return pass('the client asked for it (no-store)');
  const tenant = tenantOf(call.caller, control.scope);
  if (tenant === null) return pass(`the call names no ${control.scope}`);
  const asked = askedBy(call, tenant);
  if (typeof asked === 'string') return pass(asked);

  const { cache, clock, embedder, random } = deps;
  if (settings.persist) cache.wake();
  const startedAt = clock.ticks();
  let vector: Float32Array | undefined;
  try {
    [vector] = await embedder.embed(
      [asked.question],
      AbortSignal.any([abortSignalOf(call.signal), AbortSignal.timeout(PATIENCE_MS)]),
    );
  } catch (error) {
    if (call.signal.aborted) throw error;
    return pass(error instanceof Error ? error.message.replace(/\.$/, '') : 'its question was not embedded');
  }
  if (!vector) return pass('its question was not embedded');
  const embeddedAt = clock.ticks();
  const traits = traitsOf(asked.question);
  const now = clock.now();
  const candidate = cache.find(asked.context, vector, traits, now);
  const kind = hash('sha256', `${tenant} ${call.requestedModel}`);
  const learner = cache.learner(kind);
  const chance = candidate ? learner.chance(candidate.similarity, cache.observationsOf(candidate.entry)) : 0;
  const looked: Looked = {
    call,
    settings,
    control,
    context: asked.context,
    question: asked.question,
    vector,
    kind,
    candidate,
    chance,
  };
  const rule = learner.rule(settings);
  const times = { embedMs: rounded(embeddedAt - startedAt), lookupMs: rounded(clock.ticks() - embeddedAt) };
  const known = candidate && {
    similarity: rounded(candidate.similarity),
    chance: rounded(chance),
    ageMs: now - candidate.entry.answer.madeAt,
  };
  const details = { ...times, ...known, compared: learner.compared };
  const isFresh =
    known !== null && control.maxAgeMs > 0 && known.ageMs <= Math.min(control.maxAgeMs, settings.ttlMs);
  const allowed = candidate !== null && rule !== null && holds(rule, candidate.similarity, chance);
  const audited = allowed && isFresh && random() < settings.auditShare;
  if (allowed && isFresh && !audited) {
    const parts = partsFor(candidate.entry.answer, answerForm(call), deps.readAnswer);
    if (parts) {
      cache.use(candidate.entry);
      const bound = `of ${rule.compared} compared answers like this at most ${percent(rule.errorBound)} are wrong`;
      call.trail.decide({
        stage: STAGE,
        action: 'hit',
        why: `A question that means the same was answered before; ${bound}.`,
        details: { ...details, errorBound: rounded(rule.errorBound) },
        ...insteadOf(parts),
      });
      call.trail.tell(HEADER, 'semantic-hit');
      call.trail.tell('x-illm-cache-age', String(Math.floor(known.ageMs / 1000)));
      return [...parts];
    }
  }
  call.trail.decide({
    stage: STAGE,
    action: audited ? 'audited' : 'missed',
    why: whyAsked(looked, rule, { allowed, audited }),
    details,
  });
  reading.from = asking(deps, next, looked);
  return [];
}

function whyAsked(
  { candidate, control }: Looked,
  rule: Rule | null,
  { allowed, audited }: { readonly allowed: boolean; readonly audited: boolean },
): string {
  if (control.maxAgeMs === 0) return 'The client asked for a new answer.';
  if (!candidate) return 'No question that may mean the same was answered before.';
  if (audited) return 'The answer could have been given; the model is asked all the same, to go on learning.';
  if (!rule)
    return 'Too little is known of such questions to give the answer to a similar one; the model is asked, to learn.';
  if (allowed)
    return 'A question that means the same was answered, but too long ago, or in a form that cannot be told.';
  return `A similar question was answered before, but not similar enough: at least ${rule.leastSimilarity} and a chance of ${rule.leastChance} are needed.`;
}

function holds(rule: Rule, similarity: number, chance: number): boolean {
  return similarity >= rule.leastSimilarity && chance >= rule.leastChance;
}

/** Passes the model's answer on, then learns from it and keeps it, beside the call. */
async function* asking(deps: SemanticCacheDeps, next: Handler, looked: Looked): AsyncGenerator<Part> {
  const { call, settings } = looked;
  let kept: Part[] | null = [];
  let bytes = 0;
  for await (const part of next(call)) {
    bytes += sizeOfPart(part);
    if (bytes > settings.maxEntryBytes) kept = null;
    kept?.push(part);
    yield part;
  }
  const made = kept?.every((part) => part.type !== 'head' || part.stored !== true);
  if (!kept || !made || !isWhole(kept)) return;
  const learning = learn(deps, looked, kept).catch((error: unknown) =>
    deps.log.warn('the semantic cache could not learn from an answer', { callId: call.id, error }),
  );
  deps.onLearning?.(learning);
}

async function learn(deps: SemanticCacheDeps, looked: Looked, parts: readonly Part[]): Promise<void> {
  const { cache, clock, embedder, readAnswer } = deps;
  const { call, candidate, chance, context, kind, question, settings, vector } = looked;
  const read = readAnswer(call, parts);
  const text = read && wholeText(read);
  if (!text) return;
  const id = (): string => uuidv7(clock.now());
  const record = (event: SemanticEvent): void => cache.record(event, settings.persist);
  const asked = { kind, context, question, vector };
  if (candidate) {
    const { similarity } = candidate;
    const { expiresAt, id: entry, text: stored } = candidate.entry;
    const correct = await isSameAnswer(text, stored, settings.answerSimilarity, async () => {
      const [a, b] = await embedder.embed([text, stored]);
      return a && b ? dot(a, b) : 0;
    });
    const at = clock.now();
    record({ type: 'compared', id: id(), at, entry, kind, chance, similarity, correct });
    if (correct) {
      record({ type: 'question', id: id(), at, entry, ...asked, expiresAt });
      return;
    }
    // Another answer to the very same question takes the place of the older one.
    if (similarity > SAME_QUESTION) record({ type: DROPPED, id: id(), at, entry, kind });
  }
  const { dialect, operation, stream } = call;
  const at = clock.now();
  const answer = { madeAt: at, form: answerForm(call), call: { dialect, operation, stream }, parts };
  const entry = id();
  record({ type: 'answer', id: entry, at, entry, ...asked, expiresAt: at + settings.ttlMs, answer, text });
}

/** The text of an answer that is nothing but text and was not cut off; null for others. */
function wholeText(parts: readonly Part[]): string | null {
  const { content, finish } = answerOf(parts);
  if (finish.reason !== 'stop') return null;
  const texts: string[] = [];
  for (const block of content) {
    if (block.type === 'reasoning') continue;
    if (block.type !== 'text') return null;
    texts.push(block.text);
  }
  return texts.join('\n').trim() || null;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
