import type { Call } from '../../core/call.ts';
import type { Prompt } from '../../core/content.ts';
import { formatTarget } from '../../core/target.ts';
import { leverSettings } from '../cache/exact/key.ts';
import { meantHeaders } from '../cache/exact/request-fields.ts';

/** A call that may be joined with others. */
export interface Question {
  /** Calls with the same key may be joined: same tenant and end user, alias, instructions, format and parameters. */
  readonly key: string;
  readonly prompt: Prompt;
  /** The last user message. */
  readonly text: string;
}

/** What of a call can be asked together with other calls; null when it must be asked by itself. */
export function questionOf(call: Call): Question | null {
  if (call.operation !== 'generate' || !call.candidates || call.target) return null;
  const prompt = promptOf(call);
  if (!prompt || !isPlain(prompt)) return null;
  const text = lastText(prompt);
  if (text === null || text.length > call.plan.together.maxItemCharacters) return null;
  return { key: keyOf(call, prompt), prompt, text };
}

/** What is no request for us may be one for its provider, who is to say so. */
function promptOf(call: Call): Prompt | null {
  try {
    return call.prompt();
  } catch {
    return null;
  }
}

/** Whether an answer is nothing but text, or JSON, that nothing cuts short but its length. */
function isPlain({ tools, format, extras, logprobs, sampling }: Prompt): boolean {
  return (
    tools.length === 0 &&
    format.kind !== 'json-schema' &&
    (sampling.stop?.length ?? 0) === 0 &&
    logprobs === undefined &&
    Object.keys(extras).length === 0
  );
}

function lastText({ messages }: Prompt): string | null {
  const last = messages.at(-1);
  if (last?.role !== 'user' || last.content.length !== 1) return null;
  const [content] = last.content;
  return content?.type === 'text' && content.cache === undefined && content.text !== '' ? content.text : null;
}

function keyOf(call: Call, prompt: Prompt): string {
  const { caller, candidates, dialect, plan, requestedModel, wire } = call;
  return JSON.stringify([
    caller.keyId,
    caller.credential?.reveal() ?? null,
    caller.team,
    caller.user,
    dialect,
    requestedModel,
    candidates?.map(formatTarget),
    leverSettings(plan),
    meantHeaders(wire.headers),
    { ...prompt, messages: prompt.messages.slice(0, -1) },
  ]);
}
