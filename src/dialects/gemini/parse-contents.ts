import type { Message } from '../../core/content.ts';
import type { Json } from '../../core/json.ts';
import type { Fields } from '../wire/fields.ts';
import { callLog } from './call-log.ts';
import { parseModelPart, parseUserPart } from './parse-parts.ts';

/** `contents`; a turn without a role is the user's. Results of functions may come as the user's or in a role of their own. */
export function parseContents(fields: Fields, extras: Record<string, Json>): Message[] {
  fields.array('contents');
  const calls = callLog();
  return fields.items('contents').map((content): Message => {
    const role = content.optionalOneOf('role', ['user', 'model', 'function']) ?? 'user';
    content.array('parts');
    const parts = content.items('parts');
    const message: Message =
      role === 'model'
        ? { role: 'assistant', content: parts.flatMap((part) => parseModelPart(part, calls, extras)) }
        : { role: 'user', content: parts.flatMap((part) => parseUserPart(part, calls, extras)) };
    Object.assign(extras, content.rest());
    return message;
  });
}
