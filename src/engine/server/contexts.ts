import type { JsonObject } from '../../core/json.ts';
import type { Contexts, SavedContext } from '../context/contexts.ts';
import { ApiError, badRequest } from './api-error.ts';
import type { PromptCodec } from './codec.ts';
import { parseChat } from './parse-chat.ts';
import { parseCompletion } from './parse-completion.ts';

/** A saved context as it is shown. */
export interface ContextReport extends SavedContext {
  readonly timesSmaller: number;
}

/** Saves the text of a body as of `/v1/completions` (`prompt`) or `/v1/chat/completions` (`messages`). @throws ApiError */
export async function saveContext(
  contexts: Contexts,
  body: JsonObject,
  codec: PromptCodec,
  signal: AbortSignal,
): Promise<ContextReport> {
  const { prompts } = 'messages' in body ? await parseChat(body, codec) : await parseCompletion(body, codec);
  const [tokens, ...more] = prompts;
  if (!tokens || more.length > 0)
    throw badRequest('prompt', 'prompt must be one text: contexts are saved one by one.');
  try {
    return reported(await contexts.save(tokens, signal));
  } catch (error) {
    if (error instanceof RangeError) throw badRequest('prompt', `prompt is ${error.message}.`);
    throw error;
  }
}

export async function listContexts(contexts: Contexts): Promise<readonly ContextReport[]> {
  return (await contexts.list()).map(reported);
}

/** @throws ApiError when there is none of that name */
export async function removeContext(contexts: Contexts, name: string): Promise<void> {
  if (!(await contexts.remove(name)))
    throw new ApiError(404, null, `There is no saved context ${JSON.stringify(name.slice(0, 100))}.`);
}

function reported(saved: SavedContext): ContextReport {
  return { ...saved, timesSmaller: Math.round((100 * saved.rawBytes) / saved.bytes) / 100 };
}
