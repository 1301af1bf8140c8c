/** 32-bit little-endian floats in base64: how a vector is kept in every database. */
export function encode(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, at) => bytes.writeFloatLE(value, at * 4));
  return bytes.toString('base64');
}

export function decode(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return Float32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
}

/** As pgvector reads it. */
export function asVectorText(vector: Float32Array): string {
  return `[${vector.join(',')}]`;
}
