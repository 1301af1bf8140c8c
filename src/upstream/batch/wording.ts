import type { Call } from '../../core/call.ts';
import type { Dialect } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Json } from '../../core/json.ts';
import { dialectNamed } from '../../dialects/index.ts';
import { typedBody } from '../send/rewritten-body.ts';

/** A call as an entry of a provider's batch. */
export interface BatchWording {
  readonly dialect: Dialect;
  /** With the version. */
  readonly endpoint: string;
  readonly body: JsonObject;
}

/**
 * The call in the client's own words where the provider speaks its dialect, else in those of the provider's first that
 * has such an endpoint; null where none has. @throws CallError where the call cannot be said
 */
export function batchWording(dialects: readonly string[], call: Call, model: string): BatchWording | null {
  const own = dialects.filter((name) => name === call.dialect);
  for (const dialect of [...own, ...dialects].map(dialectNamed)) {
    const body = bodyFor(dialect, call, model);
    if (body)
      return { dialect, endpoint: versioned(dialect.upstreamPath(call.operation, model, false)), body };
  }
  return null;
}

function bodyFor(dialect: Dialect, call: Call, model: string): JsonObject | null {
  const isOwn = dialect.name === call.dialect;
  if (call.operation === 'generate' && dialect.generate)
    return (
      (isOwn ? typedBody(call, dialect, model)?.body : undefined) ??
      dialect.generate.formatRequest(call.prompt(), model, false).body
    );
  if (call.operation === 'embed' && dialect.embed) {
    if (!isOwn || !call.body) return dialect.embed.formatRequest(call.embedding(), model).body;
    const body: Record<string, Json | undefined> = { ...call.body, ...dialect.modelFields(model) };
    return body;
  }
  return null;
}

/** Base URLs differ in whether they hold the version. */
function versioned(path: string): string {
  return /^\/v\d/.test(path) ? path : `/v1${path}`;
}
