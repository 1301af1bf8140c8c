import { clientSignature, ownedSignature } from '../wire/signature.ts';
import { OWNER } from './owner.ts';

/** What Google lets stand for the signature of a call that another model made. */
const STAND_INS: ReadonlySet<string> = new Set([
  'skip_thought_signature_validator',
  'context_engineering_is_the_way_to_go',
]);

/**
 * `thoughtSignature` in core terms; undefined where there is none, or one that stands for none. Another provider's was
 * wrapped by `clientThoughtSignature`.
 */
export function parseThoughtSignature(wire: string | undefined): string | undefined {
  if (!wire || STAND_INS.has(wire)) return undefined;
  const inner = Buffer.from(wire, 'base64').toString('utf8');
  if (STAND_INS.has(inner)) return undefined;
  const isForeign = ownedSignature(OWNER, inner) === inner;
  return ownedSignature(OWNER, isForeign ? inner : wire);
}

/** For a client: the field is bytes in the API, so what is not Google's own is wrapped in base64. */
export function clientThoughtSignature(signature: string): string {
  const own = clientSignature(OWNER, signature);
  return own === signature ? Buffer.from(signature, 'utf8').toString('base64') : own;
}

/**
 * Stands for the signature of a call that another model made: https://ai.google.dev/gemini-api/docs/thought-signatures.
 * In base64, for the field is bytes.
 */
export const NO_SIGNATURE = Buffer.from('skip_thought_signature_validator').toString('base64');
