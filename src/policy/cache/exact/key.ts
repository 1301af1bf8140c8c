import { hash } from 'node:crypto';
import type { Call } from '../../../core/call.ts';
import type { Plan } from '../../../core/plan.ts';
import { formatTarget } from '../../../core/target.ts';
import { canonical, holdsRounded } from './canonical.ts';
import { meantFields, meantHeaders } from './request-fields.ts';

/** Stored answers of another version are not found. */
const VERSION = 1;

/**
 * SHA-256, in hex, over everything that changes the answer to a call: tenant, name asked for and who may answer, body,
 * headers that providers read, what stages before have made of the prompt, and the settings of the other levers.
 * The same question in another dialect is another question.
 */
export function answerKey(call: Call, tenant: string): string {
  const { body = {}, candidates, dialect, operation, plan, requestedModel, rewritten, target, wire } = call;
  const asked = [
    VERSION,
    tenant,
    operation,
    dialect,
    operation === 'embed' ? pathOf(wire.url) : null,
    requestedModel,
    candidates?.map(formatTarget) ?? null,
    target && formatTarget(target),
    leverSettings(plan),
    meantHeaders(wire.headers),
    meantFields(body),
    holdsRounded(body) ? sha256(wire.body) : null,
    rewritten ? call.prompt() : null,
  ];
  return sha256(canonical(asked));
}

/** How an answer is written: the bytes of one form can be given to whoever asks for that form. */
export function answerForm({ body, dialect, stream, typed, wire }: Call): string {
  if (typed) return 'typed';
  if (!stream) return `${dialect} whole`;
  const query = new URLSearchParams(wire.url.split('?', 2)[1] ?? '');
  return `${dialect} stream ${canonical([query.get('alt'), body?.['stream_options'] ?? null])}`;
}

const known = new WeakMap<Plan, string>();

/** All levers but the cache itself may change an answer. Plans are few and live long. */
export function leverSettings(plan: Plan): string {
  const kept = known.get(plan);
  if (kept !== undefined) return kept;
  const { cache: _, ...others } = plan;
  const text = sha256(canonical(others));
  known.set(plan, text);
  return text;
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

function sha256(data: string | Uint8Array): string {
  return hash('sha256', data);
}
