const FLOAT_BYTES = 4;

/** A vector as base64 of its little-endian 32-bit floats. */
export function vectorToBase64(vector: ArrayLike<number>): string {
  const bytes = Buffer.alloc(vector.length * FLOAT_BYTES);
  for (let at = 0; at < vector.length; at++) bytes.writeFloatLE(vector[at] ?? 0, at * FLOAT_BYTES);
  return bytes.toString('base64');
}

/** What is no whole float at its end is left out. */
export function vectorFromBase64(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64');
  return Float32Array.from({ length: Math.floor(bytes.length / FLOAT_BYTES) }, (_, at) =>
    bytes.readFloatLE(at * FLOAT_BYTES),
  );
}
