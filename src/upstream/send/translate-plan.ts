import { partsOf } from '../../core/answer.ts';
import type { Call } from '../../core/call.ts';
import type { Dialect, Formatted } from '../../core/dialect.ts';
import { CallError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Part } from '../../core/part.ts';
import type { Target } from '../../core/target.ts';
import { bodyCollector } from '../answer/body-collector.ts';
import { answerShape } from '../answer/content-type.ts';
import { orError } from '../answer/error-in-answer.ts';
import { streamAnswer } from '../answer/stream-answer.ts';
import { wholeAnswer } from '../answer/whole-answer.ts';
import { pathBelow } from '../http/base-url.ts';
import type { ProviderContext } from '../provider-context.ts';
import type { Plan } from './plan.ts';
import { typedBody } from './rewritten-body.ts';

const HEADERS = { 'content-type': 'application/json', 'user-agent': 'infinite-llm' } as const;

/** The call in the words of the provider's preferred dialect that has such an endpoint. */
export function translatePlan(at: ProviderContext, call: Call, target: Target): Plan {
  const own = at.dialects.filter(({ name }) => name === call.dialect);
  const wording = [...own, ...at.dialects]
    .map((dialect) => wordingOf(dialect, call, target.model))
    .find((candidate) => candidate !== null);
  if (!wording)
    throw new CallError('unsupported', `${at.name} has no endpoint for this (${call.operation}).`);
  const { dialect, formatted, parse } = wording;
  const { generate } = dialect;
  return {
    method: 'POST',
    path: pathBelow(at.base, dialect.upstreamPath(call.operation, target.model, call.stream)),
    body: Buffer.from(JSON.stringify(formatted.body)),
    clientHeaders: own.includes(dialect) ? call.wire.headers : {},
    defaultHeaders: { ...HEADERS, ...at.kind.defaultHeaders },
    dialect,
    relaysErrors: call.dialect === dialect.name,
    repeatable: true,
    warnings: formatted.warnings,
    read: (head, sink) => {
      if (answerShape(at.name, head, call.stream ? 'sse' : null) === 'stream' && generate)
        return streamAnswer(at.name, generate.parseStream(), 'sse', sink);
      const body = bodyCollector(at.name, at.limits.answerBytes, head.headers);
      return wholeAnswer(at.name, body, sink, orError(dialect, parse), false);
    },
  };
}

interface Wording {
  readonly dialect: Dialect;
  readonly formatted: Formatted;
  readonly parse: (body: JsonObject) => Iterable<Part>;
}

function wordingOf(dialect: Dialect, call: Call, model: string): Wording | null {
  const { generate, embed, count } = dialect;
  switch (call.operation) {
    case 'generate':
      if (!generate) return null;
      return {
        dialect,
        formatted:
          inOwnWords(dialect, call, model) ?? generate.formatRequest(call.prompt(), model, call.stream),
        parse: (body) => partsOf(generate.parseResponse(body)),
      };
    case 'embed':
      if (!embed) return null;
      return {
        dialect,
        formatted: embed.formatRequest(call.embedding(), model),
        parse: (body) => [...embed.parseResponse(body), { type: 'finish', reason: 'stop' }],
      };
    case 'count-tokens':
      if (!count) return null;
      return {
        dialect,
        formatted: count.formatRequest(call.prompt(), model),
        parse: (body) => [
          { type: 'token-count', inputTokens: count.parseResponse(body) },
          { type: 'finish', reason: 'stop' },
        ],
      };
    case 'relay':
      return null;
  }
}

/** A client's own request keeps what only its dialect knows. */
function inOwnWords(dialect: Dialect, call: Call, model: string): Formatted | null {
  return dialect.name === call.dialect ? typedBody(call, dialect, model) : null;
}
