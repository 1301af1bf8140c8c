import type { Dispatcher } from 'undici';
import type { Call } from '../../core/call.ts';
import { amended, asCallError, CallError, isCallError } from '../../core/errors.ts';
import type { FinishPart } from '../../core/part.ts';
import { formatTarget, type Target } from '../../core/target.ts';
import type { AnswerReader, ResponseHead } from '../answer/answer-reader.ts';
import { errorAnswer } from '../answer/error-answer.ts';
import { PartQueue, type Source } from '../answer/part-queue.ts';
import type { Outcome } from '../breaker/breaker.ts';
import type { Breakers } from '../breaker/breakers.ts';
import { Exchange, type Receiver, type ResponseHeaders } from '../http/exchange.ts';
import { requestHeaders } from '../http/request-headers.ts';
import type { KeyPool } from '../keys/key-pool.ts';
import type { ProviderContext } from '../provider-context.ts';
import { type Credential, credentialFor } from './credentials.ts';
import { judgeKey } from './key-verdict.ts';
import { outcomeOf } from './outcome.ts';
import type { Plan } from './plan.ts';
import { providerError } from './provider-error.ts';
import { headersWithout } from './redact.ts';

/** The moving parts of one provider. */
export interface Machinery {
  readonly at: ProviderContext;
  readonly connections: Dispatcher;
  readonly keys: KeyPool;
  readonly breakers: Breakers;
}

/** One exchange with all that it borrowed. */
interface Attempt {
  readonly exchange: Exchange;
  readonly credential: Credential;
  /** The provider's HTTP status, 0 before it is known. */
  status: number;
  reader: AnswerReader | null;
}

/**
 * One call on its way to a provider, from the first read of its parts. When a key turns out to be limited or refused,
 * the next one is tried at once; every other failure is the reader's.
 */
export class Sending implements Source, Receiver {
  readonly #machinery: Machinery;
  readonly #call: Call;
  readonly #target: Target;
  readonly #makePlan: () => Plan;
  readonly parts: PartQueue = new PartQueue(this);
  #plan: Plan | null = null;
  /** Null before the first attempt and once the last has ended. */
  #attempt: Attempt | null = null;
  #hasHead = false;

  constructor(machinery: Machinery, call: Call, target: Target, makePlan: () => Plan) {
    this.#machinery = machinery;
    this.#call = call;
    this.#target = target;
    this.#makePlan = makePlan;
  }

  start(): void {
    const { signal } = this.#call;
    if (signal.aborted) {
      this.parts.fail(abortedError());
      return;
    }
    try {
      this.#plan = this.#makePlan();
      signal.addEventListener('abort', this.#abort);
      this.#begin(this.#plan);
    } catch (error) {
      this.#end(asCallError(error));
    }
  }

  stop(): void {
    this.#call.signal.removeEventListener('abort', this.#abort);
    this.#attempt?.exchange.abort();
    this.#settle('unknown');
  }

  pause(): void {
    this.#attempt?.exchange.pause();
  }

  resume(): void {
    this.#attempt?.exchange.resume();
  }

  head(status: number, headers: ResponseHeaders): void {
    this.#guarded((attempt, plan) => {
      const head = { status, headers: headersWithout(headers, attempt.credential.key) };
      attempt.status = status;
      attempt.reader = this.#readerFor(attempt.credential, plan, head);
    });
  }

  data(chunk: Buffer): void {
    this.#guarded(({ reader }) => reader?.data(chunk));
  }

  end(): void {
    this.#guarded(({ reader }) => {
      if (!reader) throw new CallError('upstream_garbage', `${this.#machinery.at.name} sent no answer.`);
      this.#complete(reader.end());
    });
  }

  fail(error: CallError): void {
    const reader = this.#attempt?.reader;
    if (!reader?.knowsItsEnd) {
      this.#failed(error);
      return;
    }
    this.#guarded(() => {
      try {
        this.#complete(reader.end());
      } catch (ending) {
        throw isCallError(ending) && ending.code === 'upstream_truncated' ? error : ending;
      }
    });
  }

  #complete(finish: FinishPart): void {
    this.parts.push(finish);
    this.#settle('success');
    this.#end(null);
  }

  #begin(plan: Plan): void {
    const { at, breakers, connections, keys } = this.#machinery;
    const { model } = this.#target;
    const credential = credentialFor(at, keys, this.#call, model);
    const waitMs = breakers.admit(model);
    if (waitMs !== null) {
      credential.release();
      throw openError(this.#target, waitMs);
    }
    this.#call.trail.attempt(this.#target);
    const exchange = new Exchange(at.name, at.limits, this);
    this.#attempt = { exchange, credential, status: 0, reader: null };
    const { method, path, body } = plan;
    connections.dispatch({ method, path, headers: headersOf(at, plan, credential), body }, exchange);
  }

  #readerFor(credential: Credential, plan: Plan, head: ResponseHead): AnswerReader {
    const { at, keys } = this.#machinery;
    const { key, isOurs } = credential;
    if (head.status >= 400) return errorAnswer((body) => providerError(at, plan, head, body, key, isOurs));
    const { model } = this.#target;
    if (key && isOurs) {
      keys.worked(key, model);
      const { exhaustedMs } = at.kind.limits(head.headers, at.clock.now());
      if (exhaustedMs !== null) keys.exhausted(key, model, exhaustedMs);
    }
    const reader = plan.read(head, this.parts);
    this.#hasHead = true;
    const { status, headers } = head;
    this.parts.push({ type: 'head', status, headers, target: this.#target, warnings: plan.warnings });
    return reader;
  }

  /** Whatever is thrown while the answer is read ends the exchange. */
  #guarded(work: (attempt: Attempt, plan: Plan) => void): void {
    const attempt = this.#attempt;
    if (!attempt || !this.#plan) return;
    try {
      work(attempt, this.#plan);
    } catch (error) {
      attempt.exchange.abort();
      this.#failed(asCallError(error));
    }
  }

  #failed(error: CallError): void {
    const attempt = this.#attempt;
    const plan = this.#plan;
    if (!attempt || !plan) return;
    const { at, keys } = this.#machinery;
    const { key, isOurs } = attempt.credential;
    const verdict = key && isOurs ? judgeKey(keys, key, this.#target.model, error, attempt.status) : null;
    this.#settle(outcomeOf(error));
    if (verdict !== null) at.log.warn(`${at.name}: ${verdict}`, { callId: this.#call.id });
    const readyInMs = verdict === null ? 0 : keys.readyInMs(this.#target.model);
    if (verdict !== null && readyInMs === 0 && !this.#hasHead && !this.#call.signal.aborted) {
      this.#call.trail.decide({
        stage: 'upstream',
        action: 'changed-key',
        why: `${verdict}; another is ready`,
      });
      try {
        this.#begin(plan);
      } catch (refusal) {
        this.#end(asCallError(refusal));
      }
      return;
    }
    this.#end(
      amended(error, {
        ...(error.code === 'rate_limited' && readyInMs > 0 && { retryAfterMs: readyInMs }),
        ...(!plan.repeatable && attempt.exchange.sent && { retryable: 'never' }),
      }),
    );
  }

  #settle(outcome: Outcome): void {
    const attempt = this.#attempt;
    if (!attempt) return;
    this.#attempt = null;
    attempt.credential.release();
    this.#machinery.breakers.settle(this.#target.model, outcome);
  }

  #end(error: CallError | null): void {
    this.#call.signal.removeEventListener('abort', this.#abort);
    if (error) this.parts.fail(error);
    else this.parts.end();
  }

  readonly #abort = (): void => {
    this.stop();
    this.parts.fail(abortedError());
  };
}

function headersOf(at: ProviderContext, plan: Plan, { key, isOurs }: Credential): string[] {
  const own = key ? { ...at.headers, ...at.kind.authorize(key) } : at.headers;
  if (key && !isOurs) return requestHeaders(plan.clientHeaders, own, plan.defaultHeaders, []);
  return requestHeaders(plan.clientHeaders, own, plan.defaultHeaders, at.kind.accountHeaders);
}

function abortedError(): CallError {
  return new CallError('client_aborted', 'Nobody waits for this answer any more.');
}

function openError(target: Target, waitMs: number): CallError {
  return new CallError(
    'upstream_unavailable',
    `${formatTarget(target)} failed several times in a row and is left alone for ${Math.ceil(waitMs / 1000)} s.`,
    { retryAfterMs: waitMs, retryable: 'other' },
  );
}
