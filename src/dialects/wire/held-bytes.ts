import { CallError } from '../../core/errors.ts';

/** Bytes of an unfinished frame, kept as they came and joined once, so that many small chunks stay linear. */
export interface HeldBytes {
  hold(bytes: Uint8Array): void;
  /** Everything held, and then `last`; nothing is held afterwards. */
  take(last: Uint8Array): Uint8Array;
}

/** @throws CallError `upstream_garbage` from both methods past `maxBytes` */
export function heldBytes(maxBytes: number): HeldBytes {
  let chunks: Uint8Array[] = [];
  let size = 0;
  const grow = (bytes: Uint8Array): void => {
    size += bytes.length;
    if (size > maxBytes)
      throw new CallError('upstream_garbage', `The provider sent one event of more than ${maxBytes} bytes.`);
  };
  return {
    hold(bytes) {
      if (bytes.length === 0) return;
      grow(bytes);
      chunks.push(bytes);
    },
    take(last) {
      grow(last);
      const all = chunks.length === 0 ? last : Buffer.concat([...chunks, last], size);
      chunks = [];
      size = 0;
      return all;
    },
  };
}
