const FLOAT_BYTES = 4;

/** Null when the bytes are no whole number of floats. */
export function parseVector(base64: string): number[] | null {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length % FLOAT_BYTES !== 0) return null;
  return Array.from({ length: bytes.length / FLOAT_BYTES }, (_, index) =>
    bytes.readFloatLE(index * FLOAT_BYTES),
  );
}
