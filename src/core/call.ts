import type { EmbeddingInput, Prompt } from './content.ts';
import type { CallSignal } from './call-signal.ts';
import type { JsonObject } from './json.ts';
import type { KeyLimits } from './key.ts';
import type { Plan } from './plan.ts';
import type { Secret } from './secret.ts';
import type { Target } from './target.ts';
import type { Trail } from './trail.ts';

/** `relay` is a call to an endpoint that the gateway passes on without understanding its content. */
export type Operation = 'generate' | 'embed' | 'count-tokens' | 'relay';

/** The request as it came over the socket. Header names are in lower case. */
export interface WireRequest {
  readonly method: string;
  /** Path with query, as the client sent it. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Who calls, and under which names the cost is booked. */
export interface Caller {
  readonly keyId: string | null;
  /** The virtual key's name, or `client:` and a short hash when the client brought its own provider key. */
  readonly keyName: string | null;
  readonly team: string | null;
  readonly user: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly session: string | null;
  /** W3C trace context as received. */
  readonly traceparent: string | null;
  /** The client's own provider credential, to be shown to the provider of its dialect and to no other host. */
  readonly credential: Secret | null;
  /** Limits of its key's own. */
  readonly limits?: KeyLimits;
}

/** One call, immutable: a stage that changes something passes on a new one, and says so in the trail. */
export interface Call {
  /** UUIDv7. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  readonly dialect: string;
  readonly operation: Operation;
  readonly requestedModel: string;
  readonly stream: boolean;
  readonly caller: Caller;
  readonly wire: WireRequest;
  /** The received body, parsed, where that was done anyway; a relay of unknown content has none. */
  readonly body?: JsonObject;
  /** The client's request in core terms; parsed at the first use. Throws CallError on a bad request. */
  readonly prompt: () => Prompt;
  /** The same as it was received, whatever stages have made of it. */
  readonly received: () => Prompt;
  readonly embedding: () => EmbeddingInput;
  /** True once a stage changed the content, so that the received bytes no longer say what is asked. */
  readonly rewritten: boolean;
  /** True once a stage must read the answer: its content comes as typed parts, also where bytes could be relayed. */
  readonly typed: boolean;
  /** The levers' settings for this call. */
  readonly plan: Plan;
  /** Who may answer, in the order to be asked; null before names were resolved. */
  readonly candidates: readonly Target[] | null;
  /** How the candidates were found, for people; empty before. */
  readonly resolvedBy: string;
  /** Chosen by routing; null before. One that is set already is kept. */
  readonly target: Target | null;
  readonly trail: Trail;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: CallSignal;
}
