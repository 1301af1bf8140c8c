import type { KvShape } from '../ports.ts';

/** KV heads whose keys and values are compressed together: channels that tell about each other. */
export interface HeadGroup {
  readonly firstHead: number;
  readonly heads: number;
  /** Of keys and values together: first every head's key, then every head's value. */
  readonly channels: number;
}

/** What a relation of all with all may take: its size and time grow with the square. */
const MOST_CHANNELS = 512;

export function headGroups({ kvHeads, headDim }: KvShape): readonly HeadGroup[] {
  const most = Math.max(1, Math.floor(MOST_CHANNELS / (2 * headDim)));
  return Array.from({ length: Math.ceil(kvHeads / most) }, (_, i) => {
    const heads = Math.min(most, kvHeads - i * most);
    return { firstHead: i * most, heads, channels: 2 * heads * headDim };
  });
}

/** Keys and values of one layer, [tokens, kvHeads · headDim] each, as [tokens, channels] of the group. */
export function gather(
  { k, v }: { readonly k: Float32Array; readonly v: Float32Array },
  { kvHeads, headDim }: KvShape,
  { firstHead, heads, channels }: HeadGroup,
): Float32Array {
  const [all, own, from] = [kvHeads * headDim, heads * headDim, firstHead * headDim];
  const tokens = k.length / all;
  const out = new Float32Array(tokens * channels);
  for (let token = 0; token < tokens; token++) {
    out.set(k.subarray(token * all + from, token * all + from + own), token * channels);
    out.set(v.subarray(token * all + from, token * all + from + own), token * channels + own);
  }
  return out;
}

/** The opposite of `gather`: into keys and values of all heads. */
export function scatter(
  values: Float32Array,
  { kvHeads, headDim }: KvShape,
  { firstHead, heads, channels }: HeadGroup,
  { k, v }: { readonly k: Float32Array; readonly v: Float32Array },
): void {
  const [all, own, from] = [kvHeads * headDim, heads * headDim, firstHead * headDim];
  const tokens = values.length / channels;
  for (let token = 0; token < tokens; token++) {
    let at = token * channels;
    const to = token * all + from;
    for (let i = to; i < to + own; i++) k[i] = values[at++]!;
    for (let i = to; i < to + own; i++) v[i] = values[at++]!;
  }
}
