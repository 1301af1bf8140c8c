import type { Call } from '../../core/call.ts';
import type { Dialect, Framing, GenerateCodec } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Part } from '../../core/part.ts';
import { partsOf } from '../../core/answer.ts';
import type { Target } from '../../core/target.ts';
import type { AnswerReader, PartSink, ResponseHead } from '../answer/answer-reader.ts';
import { bodyCollector } from '../answer/body-collector.ts';
import { answerShape } from '../answer/content-type.ts';
import { orError } from '../answer/error-in-answer.ts';
import { parseObject } from '../answer/parse-object.ts';
import { relayedStream } from '../answer/relayed-stream.ts';
import { wholeAnswer } from '../answer/whole-answer.ts';
import { pathBelow } from '../http/base-url.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { Plan } from './plan.ts';
import { passedQuery } from './query.ts';
import { rewrittenBody } from './rewritten-body.ts';
import { withFields } from './with-fields.ts';

/** Whether the provider understands the received bytes. */
export function canRelay(at: ProviderContext, call: Call, dialect: Dialect): boolean {
  return !call.typed && at.dialects.includes(dialect) && hasEndpoint(dialect, call);
}

/**
 * The received bytes, with no more of them changed than the model's name, what makes the provider tell its usage, and
 * what a stage has rewritten.
 */
export function relayPlan(at: ProviderContext, call: Call, target: Target, dialect: Dialect): Plan {
  const body = call.body ?? parseObject('The client', Buffer.from(call.wire.body).toString('utf8'));
  const edits = call.stream ? (dialect.generate?.relay.edits(body) ?? NO_EDITS) : NO_EDITS;
  const [path = ''] = dialect.upstreamPath(call.operation, target.model, call.stream).split('?', 1);
  const query = passedQuery(call.wire.url, at.kind.credentialQuery);
  const rewritten = call.rewritten ? rewrittenBody(call, dialect, target.model) : null;
  const fields = { ...dialect.modelFields(target.model), ...edits };
  return {
    method: 'POST',
    path: pathBelow(at.base, path + query),
    body: rewritten
      ? Buffer.from(JSON.stringify({ ...rewritten.body, ...fields }))
      : withFields(call.wire.body, body, fields),
    clientHeaders: call.wire.headers,
    defaultHeaders: at.kind.defaultHeaders,
    dialect,
    relaysErrors: true,
    repeatable: true,
    warnings: rewritten?.warnings ?? [],
    read: (head, sink) => {
      const framing = call.stream ? framingOf(dialect, path, query) : null;
      return reader(at, call, dialect, head, sink, framing, !isEmpty(edits));
    },
  };
}

const NO_EDITS: JsonObject = {};

function isEmpty(fields: JsonObject): boolean {
  for (const _ in fields) return false;
  return true;
}

function hasEndpoint(dialect: Dialect, call: Call): boolean {
  switch (call.operation) {
    case 'generate':
      return dialect.generate !== undefined;
    case 'embed':
      return dialect.embed !== undefined;
    case 'count-tokens':
      return dialect.count !== undefined;
    case 'relay':
      return false;
  }
}

/** Gemini streams a JSON array or SSE, as the query says. */
function framingOf(dialect: Dialect, path: string, query: string): Framing {
  return dialect.route('POST', path, new URLSearchParams(query))?.framing ?? 'sse';
}

function reader(
  at: ProviderContext,
  call: Call,
  dialect: Dialect,
  head: ResponseHead,
  sink: PartSink,
  framing: Framing | null,
  edited: boolean,
): AnswerReader {
  const { generate } = dialect;
  const shape = answerShape(at.name, head, framing);
  if (shape === 'stream' && framing !== null && generate)
    return relayedStream(at.name, generate, framing, edited, sink, () => at.clock.ticks());
  const body = bodyCollector(at.name, at.limits.answerBytes, head.headers);
  // Some servers answer whole although a stream was asked for: then it is streamed from here.
  if (framing !== null && generate)
    return wholeAnswer(
      at.name,
      body,
      sink,
      orError(dialect, (answer) => unasked(at, generate, answer)),
      false,
    );
  return wholeAnswer(
    at.name,
    body,
    sink,
    orError(dialect, (answer) => metered(dialect, call, answer)),
    true,
  );
}

function metered(dialect: Dialect, call: Call, answer: JsonObject): Iterable<Part> {
  switch (call.operation) {
    case 'generate':
      return dialect.generate?.meterResponse(answer) ?? [];
    case 'embed':
      return [...(dialect.embed?.meterResponse(answer) ?? []), { type: 'finish', reason: 'stop' }];
    case 'count-tokens':
      // Read only to see that it is one.
      dialect.count?.parseResponse(answer);
      return [{ type: 'finish', reason: 'stop' }];
    case 'relay':
      return [];
  }
}

function unasked(at: ProviderContext, codec: GenerateCodec, answer: JsonObject): Iterable<Part> {
  try {
    return partsOf(codec.parseResponse(answer));
  } catch (cause) {
    throw new CallError('upstream_garbage', `${at.name} answered with JSON where a stream was asked for.`, {
      cause,
    });
  }
}
