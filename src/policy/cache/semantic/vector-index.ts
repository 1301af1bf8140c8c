/** Entries of one scope up to which all are looked at. */
const FLAT = 512;
const TABLES = 20;
const BITS = 14;
/** Buckets looked at in each table: the vector's own, and those beyond the planes that it lies nearest to. */
const PROBES = 8;
const SLOTS_BITS = 16;
/** Signatures compared in one search at most, and vectors of the nearest of them. */
const MOST_SIGNATURES = 6000;
const MOST_COMPARED = 160;
const PLANES = TABLES * BITS;
const WORDS = Math.ceil(PLANES / 32);
const NONE = -1;

export interface Near {
  readonly slot: number;
  /** Cosine. */
  readonly similarity: number;
}

/**
 * Nearest vectors of unit length within a scope. Small scopes are searched whole; in larger ones, vectors are hashed by
 * random planes (Charikar 2002) into several tables, and buckets beyond the nearest planes are looked at as well (Lv et
 * al. 2007): what is as near as answers that may be shared is found almost surely, far ones need not be. Adding and
 * removing take the same short time, however full it is. All scopes share the tables.
 */
export class VectorIndex {
  readonly #dimensions: number;
  readonly #planes: Float32Array;
  readonly #heads: Int32Array;
  #capacity = 0;
  #used = 0;
  #vectors = new Float32Array(0);
  /** By slot and table: the bucket, and the next slot in it. */
  #buckets = new Uint16Array(0);
  #next = new Int32Array(0);
  #scopeOf = new Int32Array(0);
  /** By slot: on which side of each plane it lies, a bit a plane. */
  #signatures = new Uint32Array(0);
  /** Number of the last search that looked at a slot. */
  #seen = new Uint32Array(0);
  #search = 0;
  readonly #free: number[] = [];
  readonly #scopes = new Map<number, number[]>();

  /** @param random uniform in [0, 1): for the planes */
  constructor(dimensions: number, random: () => number = seeded(0x5eed)) {
    this.#dimensions = dimensions;
    this.#planes = Float32Array.from({ length: PLANES * dimensions }, () => normal(random));
    this.#heads = new Int32Array(TABLES << SLOTS_BITS).fill(NONE);
  }

  get size(): number {
    return this.#used - this.#free.length;
  }

  /** @param scope a number; only vectors of the same are found. Returns the slot that it got */
  add(scope: number, vector: Float32Array): number {
    const slot = this.#free.pop() ?? this.#newSlot();
    this.#vectors.set(vector, slot * this.#dimensions);
    this.#scopeOf[slot] = scope;
    const members = this.#scopes.get(scope);
    if (members) members.push(slot);
    else this.#scopes.set(scope, [slot]);
    const hashes = this.#hash(vector);
    this.#signatures.set(hashes.signature, slot * WORDS);
    for (let table = 0; table < TABLES; table++) {
      const bucket = bucketOf(hashes.codes[table] ?? 0, scope);
      const head = (table << SLOTS_BITS) + bucket;
      this.#buckets[slot * TABLES + table] = bucket;
      this.#next[slot * TABLES + table] = this.#heads[head] ?? NONE;
      this.#heads[head] = slot;
    }
    return slot;
  }

  remove(slot: number): void {
    const scope = this.#scopeOf[slot] ?? NONE;
    const members = this.#scopes.get(scope);
    const at = members?.indexOf(slot) ?? NONE;
    if (!members || at < 0) return;
    members[at] = members[members.length - 1] ?? slot;
    members.pop();
    if (members.length === 0) this.#scopes.delete(scope);
    this.#scopeOf[slot] = NONE;
    for (let table = 0; table < TABLES; table++) this.#unlink(slot, table);
    this.#free.push(slot);
  }

  /** The nearest, the nearest first. Slots that are equally near come in the order of their numbers. */
  nearest(scope: number, vector: Float32Array, most: number): Near[] {
    const members = this.#scopes.get(scope);
    if (!members) return [];
    const slots = members.length <= FLAT ? members : this.#candidates(scope, vector);
    const best: Near[] = [];
    for (const slot of slots) {
      const similarity = dotAt(this.#vectors, slot * this.#dimensions, vector);
      const last = best[most - 1];
      if (last && !before(similarity, slot, last)) continue;
      if (last) best.pop();
      let at = best.length;
      while (at > 0 && before(similarity, slot, best[at - 1])) at -= 1;
      best.splice(at, 0, { slot, similarity });
    }
    return best;
  }

  /** Of what shares a bucket with the vector, or nearly does, those that lie on the same side of the most planes. */
  #candidates(scope: number, vector: Float32Array): number[] {
    this.#search += 1;
    let looked = 0;
    const byDistance: number[][] = [];
    const { codes, margins, signature } = this.#hash(vector);
    for (let table = 0; table < TABLES; table++)
      for (const flips of probes(margins, table)) {
        const bucket = bucketOf((codes[table] ?? 0) ^ flips, scope);
        let slot = this.#heads[(table << SLOTS_BITS) + bucket] ?? NONE;
        for (; slot !== NONE && looked < MOST_SIGNATURES; slot = this.#next[slot * TABLES + table] ?? NONE) {
          if (this.#scopeOf[slot] !== scope || this.#seen[slot] === this.#search) continue;
          this.#seen[slot] = this.#search;
          looked += 1;
          (byDistance[this.#distance(slot, signature)] ??= []).push(slot);
        }
      }
    const found: number[] = [];
    for (const slots of byDistance) {
      if (slots) found.push(...slots);
      if (found.length >= MOST_COMPARED) break;
    }
    return found.slice(0, MOST_COMPARED);
  }

  /** Number of planes that lie between. */
  #distance(slot: number, signature: Uint32Array): number {
    let distance = 0;
    for (let word = 0; word < WORDS; word++)
      distance += ones((this.#signatures[slot * WORDS + word] ?? 0) ^ (signature[word] ?? 0));
    return distance;
  }

  #hash(vector: Float32Array): Hashes {
    const codes = new Uint16Array(TABLES);
    const margins = new Float32Array(PLANES);
    const signature = new Uint32Array(WORDS);
    for (let plane = 0; plane < PLANES; plane++) {
      const side = dotAt(this.#planes, plane * this.#dimensions, vector);
      margins[plane] = Math.abs(side);
      if (side <= 0) continue;
      const table = Math.floor(plane / BITS);
      codes[table] = (codes[table] ?? 0) | (1 << (plane % BITS));
      signature[plane >>> 5] = (signature[plane >>> 5] ?? 0) | (1 << (plane & 31));
    }
    return { codes, margins, signature };
  }

  #unlink(slot: number, table: number): void {
    const own = slot * TABLES + table;
    const head = (table << SLOTS_BITS) + (this.#buckets[own] ?? 0);
    const after = this.#next[own] ?? NONE;
    if (this.#heads[head] === slot) {
      this.#heads[head] = after;
      return;
    }
    let at = this.#heads[head] ?? NONE;
    while (at !== NONE) {
      const link = at * TABLES + table;
      const next = this.#next[link] ?? NONE;
      if (next === slot) {
        this.#next[link] = after;
        return;
      }
      at = next;
    }
  }

  #newSlot(): number {
    if (this.#used === this.#capacity) this.#grow(Math.max(256, this.#capacity * 2));
    this.#used += 1;
    return this.#used - 1;
  }

  #grow(capacity: number): void {
    this.#vectors = copied(new Float32Array(capacity * this.#dimensions), this.#vectors);
    this.#buckets = copied(new Uint16Array(capacity * TABLES), this.#buckets);
    this.#next = copied(new Int32Array(capacity * TABLES), this.#next);
    this.#scopeOf = copied(new Int32Array(capacity).fill(NONE), this.#scopeOf);
    this.#signatures = copied(new Uint32Array(capacity * WORDS), this.#signatures);
    this.#seen = copied(new Uint32Array(capacity), this.#seen);
    this.#capacity = capacity;
  }
}

interface Hashes {
  /** By table. */
  readonly codes: Uint16Array;
  /** By plane: how far from it the vector lies. */
  readonly margins: Float32Array;
  readonly signature: Uint32Array;
}

/** The scalar product with a part of an array. Four sums, since each addition waits for the one before. */
function dotAt(array: Float32Array, start: number, vector: Float32Array): number {
  const { length } = vector;
  let [a, b, c, e] = [0, 0, 0, 0];
  let d = 0;
  for (; d + 3 < length; d += 4) {
    const at = start + d;
    a += (array[at] ?? 0) * (vector[d] ?? 0);
    b += (array[at + 1] ?? 0) * (vector[d + 1] ?? 0);
    c += (array[at + 2] ?? 0) * (vector[d + 2] ?? 0);
    e += (array[at + 3] ?? 0) * (vector[d + 3] ?? 0);
  }
  for (; d < length; d++) a += (array[start + d] ?? 0) * (vector[d] ?? 0);
  return a + b + c + e;
}

/** Bits that are set. */
function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x5555_5555);
  bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

function before(similarity: number, slot: number, other: Near | undefined): boolean {
  if (!other) return true;
  return similarity > other.similarity || (similarity === other.similarity && slot < other.slot);
}

/** What to flip of a table's code: nothing, then one or two of the bits whose planes are nearest. */
function probes(margins: Float32Array, table: number): number[] {
  const bits = Array.from({ length: BITS }, (_, bit) => bit);
  const margin = (bit: number): number => margins[table * BITS + bit] ?? 0;
  const [a = 0, b = 1, c = 2, d = 3] = bits.sort((x, y) => margin(x) - margin(y));
  const one = [a, b, c, d].map((bit) => 1 << bit);
  const two = [(1 << a) | (1 << b), (1 << a) | (1 << c), (1 << b) | (1 << c)];
  return [0, ...one, ...two].slice(0, PROBES);
}

/** Codes of different scopes lie apart. */
function bucketOf(code: number, scope: number): number {
  const mixed = Math.imul(code ^ Math.imul(scope, 0x9e37_79b1), 0x85eb_ca6b);
  return (mixed ^ (mixed >>> 15)) & ((1 << SLOTS_BITS) - 1);
}

function copied<T extends Float32Array | Uint16Array | Int32Array | Uint32Array>(into: T, from: T): T {
  into.set(from);
  return into;
}

/** Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
