import type { Dialect } from '../core/dialect.ts';
import { anthropic } from './anthropic/index.ts';
import { gemini } from './gemini/index.ts';
import { openaiChat } from './openai-chat/index.ts';
import { openaiResponses } from './openai-responses/index.ts';

/** Every wire format that clients and providers may speak. */
export const DIALECTS: readonly Dialect[] = [openaiChat, openaiResponses, anthropic, gemini];

/** @throws RangeError for a name that is none; names from outside are checked when the configuration is read */
export function dialectNamed(name: string): Dialect {
  const dialect = DIALECTS.find((dialect) => dialect.name === name);
  if (!dialect) throw new RangeError(`no dialect is called ${JSON.stringify(name)}`);
  return dialect;
}
