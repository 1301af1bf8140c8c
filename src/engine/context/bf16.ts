const bits = new Uint32Array(1);
const number = new Float32Array(bits.buffer);

/** To the nearest, ties to even. */
export function toBf16(value: number): number {
  number[0] = value;
  const whole = bits[0]!;
  return (whole + 0x7fff + ((whole >>> 16) & 1)) >>> 16;
}

export function fromBf16(half: number): number {
  bits[0] = half << 16;
  return number[0]!;
}
