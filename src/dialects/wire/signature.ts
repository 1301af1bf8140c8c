/**
 * A reasoning or tool call signature can be read only by the provider that made it, but a client may carry it in any
 * dialect and a later turn may go to another provider. So core keeps it with its owner, `anthropic:EqQB…`.
 */
const OWNED = /^(openai|anthropic|google):/;

/** The core form of a signature found on an owner's wire; one that is already owned stays as it is. */
export function ownedSignature(owner: string, wire: string): string {
  return OWNED.test(wire) ? wire : `${owner}:${wire}`;
}

/** What to send to a provider of this owner: its own signature as it made it, undefined for any other's. */
export function providerSignature(owner: string, signature: string | undefined): string | undefined {
  return signature?.startsWith(`${owner}:`) ? signature.slice(owner.length + 1) : undefined;
}

/** What to hand to a client of this owner's dialect, who brings it back in its next request. */
export function clientSignature(owner: string, signature: string): string {
  return providerSignature(owner, signature) ?? signature;
}
