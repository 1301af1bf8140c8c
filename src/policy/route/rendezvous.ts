/**
 * Highest random weight (Thaler and Ravishankar 1998): every name gets a score from itself and the key alone, so that
 * a key keeps its name when others come and go. With weights, a name wins that share of the keys.
 */
export function rendezvous(key: string, name: string, weight: number): number {
  if (!(weight > 0)) return Number.NEGATIVE_INFINITY;
  return -weight / Math.log(uniform(`${key}\n${name}`));
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const TWO_32 = 2 ** 32;

/** In (0, 1), the same for the same text everywhere: FNV-1a with MurmurHash3's final mixing. */
export function uniform(text: string): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, FNV_PRIME);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return ((hash >>> 0) + 0.5) / TWO_32;
}
