import type { HeldAnswer } from './hold.ts';

/** What goes wrong with one answer. Chunks are the pieces in which the simulated provider flushes its body. */
export type Fault =
  /** Nothing, but slowly. */
  | { readonly kind: 'slow'; readonly headMs?: number; readonly chunkMs?: number }
  /** An error answer. Without a body it has the provider's own words for that status. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The socket is destroyed: at 0 before the head, else after that many chunks. */
  | { readonly kind: 'cut'; readonly afterChunks: number }
  /** The body ends cleanly after that many chunks, without its finish. */
  | { readonly kind: 'truncate'; readonly afterChunks: number }
  /** After that many chunks the stream goes on with these bytes and ends. */
  | { readonly kind: 'garbage'; readonly afterChunks: number; readonly bytes?: string }
  /** The clean body under another content type, or another body under it. */
  | { readonly kind: 'content-type'; readonly value: string; readonly body?: string }
  /** After the head and that many chunks the same bytes for ever, until the client leaves. */
  | { readonly kind: 'endless'; readonly afterChunks: number; readonly bytes?: string }
  /** The request is taken and never answered. */
  | { readonly kind: 'silence' }
  /** After that many chunks nothing more comes, and the socket stays open. */
  | { readonly kind: 'stall'; readonly afterChunks: number }
  /** The test lets out the answer piece by piece. */
  | { readonly kind: 'hold'; readonly hold: HeldAnswer };
