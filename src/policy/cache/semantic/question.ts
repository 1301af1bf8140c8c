import { hash } from 'node:crypto';
import type { Call } from '../../../core/call.ts';
import type { Message, Prompt } from '../../../core/content.ts';
import { formatTarget } from '../../../core/target.ts';
import { canonical } from '../exact/canonical.ts';
import { leverSettings } from '../exact/key.ts';
import { meantHeaders, statefulField } from '../exact/request-fields.ts';

/** What a call asks, apart from everything that it is asked in. */
export interface Asked {
  /** The last user turn. */
  readonly question: string;
  /** SHA-256, in hex, over tenant and everything else that changes the answer. */
  readonly context: string;
}

const VERSION = 1;
/** The embedding model reads 256 tokens: what it does not read could make all the difference. */
const MOST_TOKENS = 240;
const CHARS_A_TOKEN = 3;
/** Letters that the embedding model has hardly any words for. */
const FOREIGN = /[^\P{L}\p{Script=Latin}]/gu;
const MOST_FOREIGN = 0.1;

/** @param tenant whose answers the call may get. Gives a text that says why the call is no such question. */
export function askedBy(call: Call, tenant: string): Asked | string {
  const stateful = call.body && statefulField(call.body);
  if (stateful) return `its field ${stateful} does more than ask`;
  let prompt: Prompt;
  try {
    prompt = call.prompt();
  } catch {
    // What is no request for us may be one for its provider, who is to say so.
    return 'its request cannot be read';
  }
  const last = prompt.messages.at(-1);
  const question = last && textOf(last);
  if (!question) return 'its last turn is no text of the user';
  if (question.length / CHARS_A_TOKEN > MOST_TOKENS)
    return 'its question is too long to be compared as a whole';
  if ((question.match(FOREIGN)?.length ?? 0) > question.length * MOST_FOREIGN)
    return 'its question is in a script that the embedding model does not know';
  const { messages, metadata: _metadata, serviceTier: _tier, user: _user, ...others } = prompt;
  const rest = [
    VERSION,
    tenant,
    call.requestedModel,
    call.candidates?.map(formatTarget) ?? null,
    call.target && formatTarget(call.target),
    leverSettings(call.plan),
    meantHeaders(call.wire.headers),
    messages.slice(0, -1),
    others,
  ];
  return { question, context: hash('sha256', canonical(rest)) };
}

function textOf(message: Message): string | null {
  if (message.role !== 'user') return null;
  const texts: string[] = [];
  for (const content of message.content) {
    if (content.type !== 'text') return null;
    texts.push(content.text);
  }
  return texts.join('\n').trim() || null;
}
