import type { ServerResponse } from 'node:http';
import { answerOf } from '../core/answer.ts';
import type { Call } from '../core/call.ts';
import type { AnswerContext, Dialect, StreamFormatter } from '../core/dialect.ts';
import { CallError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { HeadPart, Part } from '../core/part.ts';
import type { CallRecord } from '../core/record.ts';
import { type BodyFrames, bodyFrames } from './body-frames.ts';
import { responseHeaders } from './response-headers.ts';
import { sendBytes, sendError, sendJson } from './send.ts';

/** Writes one answer to one client, in the client's dialect. */
export interface AnswerWriter {
  /** False when the socket is full and the caller must wait. */
  part(part: Part): boolean;
  end(record: CallRecord): void;
  /** Ends the answer as failed: as an HTTP error while nothing was sent, else as an error event and a broken end. */
  fail(error: CallError): void;
}

/** For streamed answers and for bytes of unknown kind: everything goes out as it comes. */
export function streamWriter(
  res: ServerResponse,
  dialect: Dialect,
  call: Call,
  context: AnswerContext,
): AnswerWriter {
  let head: HeadPart | null = null;
  let formatter: StreamFormatter | null = null;
  // Usage may come before the first content tells whether this is a relay, where it is for the meter only.
  let early: Part[] = [];
  let body: BodyFrames | null = null;

  const begin = (relayed: boolean): BodyFrames => {
    if (body) return body;
    if (!head) throw new CallError('internal', 'The answer had no head.');
    const own = relayed
      ? {}
      : { 'content-type': formatter?.contentType ?? 'text/event-stream', 'cache-control': 'no-cache' };
    res.writeHead(head.status, {
      ...responseHeaders(head, relayed, context.callId, call.trail.told),
      ...own,
    });
    body = bodyFrames(res);
    return body;
  };
  const formatting = (): StreamFormatter => {
    formatter ??= dialect.generate?.formatStream(context) ?? null;
    if (!formatter) throw new CallError('unsupported', `${dialect.name} has no streams for this endpoint.`);
    return formatter;
  };

  return {
    part: (part) => {
      if (part.type === 'head') {
        head = part;
        return true;
      }
      if (part.type === 'wire') return begin(true).write(part.chunks);
      if (body && !formatter) return true;
      if (part.type === 'usage' && !formatter) {
        early.push(part);
        return true;
      }
      const text = [...early, part].map((each) => formatting().part(each)).join('');
      early = [];
      return text === '' || begin(false).writeText(text);
    },
    end: () => {
      const whole = begin(!formatter);
      if (formatter) whole.writeText(formatter.end());
      whole.end();
    },
    fail: (error) => {
      if (!body) {
        sendError(res, dialect, error, context.callId, call.trail.told);
        return;
      }
      if (error.told) {
        body.end();
        return;
      }
      const text = dialect.generate ? formatting().error(error) : '';
      body.cut(text);
    },
  };
}

/** For whole answers: kept until the price is known, so that it can be told in a header. */
export function wholeWriter(
  res: ServerResponse,
  dialect: Dialect,
  call: Call,
  context: AnswerContext,
): AnswerWriter {
  const parts: Part[] = [];
  let head: HeadPart | null = null;
  return {
    part: (part) => {
      if (part.type === 'head') head = part;
      else parts.push(part);
      return true;
    },
    end: (record) => {
      if (!head) throw new CallError('internal', 'The answer had no head.');
      const chunks = parts.flatMap((part) => (part.type === 'wire' ? part.chunks : []));
      const [first] = chunks;
      const headers = responseHeaders(head, first !== undefined, context.callId, call.trail.told);
      if (record.costUsd !== null) headers['x-illm-cost-usd'] = record.costUsd;
      if (first) sendBytes(res, head.status, chunks.length === 1 ? first : Buffer.concat(chunks), headers);
      else sendJson(res, head.status, formatWhole(dialect, call, parts, context), headers);
    },
    fail: (error) => sendError(res, dialect, error, context.callId, call.trail.told),
  };
}

/** @throws CallError where the dialect has no such answer */
export function formatWhole(
  dialect: Dialect,
  call: Call,
  parts: readonly Part[],
  context: AnswerContext,
): JsonObject {
  switch (call.operation) {
    case 'generate':
      if (dialect.generate) return dialect.generate.formatResponse(answerOf(parts), context);
      break;
    case 'embed':
      if (dialect.embed) return dialect.embed.formatResponse(parts, context);
      break;
    case 'count-tokens': {
      const count = parts.find((part) => part.type === 'token-count');
      if (dialect.count && count) return dialect.count.formatResponse(count.inputTokens);
      break;
    }
    case 'relay':
      return {};
  }
  throw new CallError('internal', `The answer to ${call.operation} cannot be told in ${dialect.name}.`);
}
