import { sha256 } from '../../core/secret.ts';
import type { Warnings } from '../wire/warnings.ts';

const MOST_CALL_ID_CHARS = 40;
const MOST_USER_CHARS = 64;

/** A tool call's id as OpenAI takes it: other servers, vLLM for one, make longer ones. */
export function shortCallId(id: string): string {
  return id.length <= MOST_CALL_ID_CHARS ? id : `call_${sha256(id).slice(0, 32)}`;
}

/** The end user's name as OpenAI takes it, longer ones as a hash that names the same person each time. */
export function shortUser(user: string | undefined, warnings: Warnings): string | undefined {
  if (user === undefined || user.length <= MOST_USER_CHARS) return user;
  warnings.add(`user: OpenAI takes ${MOST_USER_CHARS} characters, sent as its SHA-256`);
  return sha256(user);
}
