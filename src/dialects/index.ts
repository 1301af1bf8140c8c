import type { Dialect } from '../core/dialect.ts';
import { openaiChat } from './openai-chat/index.ts';

/** Every wire format that clients and providers may speak. */
export const DIALECTS: readonly Dialect[] = [openaiChat];

/** @throws RangeError for a name that is none; names from outside are checked when the configuration is read */
export function dialectNamed(name: string): Dialect {
  const dialect = DIALECTS.find((dialect) => dialect.name === name);
  if (!dialect) throw new RangeError(`no dialect is called ${JSON.stringify(name)}`);
  return dialect;
}
