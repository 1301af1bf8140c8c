import type { ReasoningContent } from '../../core/content.ts';
import type { JsonObject } from '../../core/json.ts';
import { clientSignature, ownedSignature, providerSignature } from '../wire/signature.ts';

type Proof = Pick<ReasoningContent, 'signature' | 'redacted'>;

const OWNER = 'openai';
const REDACTED = 'redacted:';
const ITEM_ID = /^(rs_[\w-]+):([^]*)$/;

/**
 * The proof in a reasoning item. OpenAI takes an item back only with its id, so the two are kept together. What another
 * provider made may stand there too, where a client of this dialect carries it for us.
 */
export function parseEncrypted(id: string, encrypted: string | undefined): Proof {
  if (!encrypted) return {};
  if (encrypted.startsWith(REDACTED)) return { redacted: encrypted.slice(REDACTED.length) };
  const owned = ownedSignature(OWNER, encrypted);
  return { signature: owned === encrypted ? owned : ownedSignature(OWNER, `${id}:${encrypted}`) };
}

/** The proof for OpenAI as the fields of a reasoning item; null for none or another provider's. */
export function providerProof({ signature }: Proof): JsonObject | null {
  const [, id, encrypted_content] = ITEM_ID.exec(providerSignature(OWNER, signature) ?? '') ?? [];
  return id === undefined || encrypted_content === undefined ? null : { id, encrypted_content };
}

/** The proof for a client, whosever it is. */
export function clientProof(
  proof: Proof,
  itemId: string,
): { readonly id: string; readonly encrypted_content?: string } {
  const own = ITEM_ID.exec(providerSignature(OWNER, proof.signature) ?? '');
  if (own?.[1] !== undefined && own[2] !== undefined) return { id: own[1], encrypted_content: own[2] };
  if (proof.redacted !== undefined) return { id: itemId, encrypted_content: REDACTED + proof.redacted };
  if (proof.signature === undefined) return { id: itemId };
  return { id: itemId, encrypted_content: clientSignature(OWNER, proof.signature) };
}
