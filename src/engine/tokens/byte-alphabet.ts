/**
 * GPT-2's alphabet: each byte as one printable character, so that vocabularies of bytes can be written as text.
 * Bytes that print stand for themselves, the others follow from U+0100.
 */
export const CHARACTER_OF_BYTE: readonly string[] = alphabet();

const BYTE_OF_CHARACTER = new Map(CHARACTER_OF_BYTE.map((character, byte) => [character, byte]));

/** The bytes that a token of this alphabet stands for; null when a character is not in it. */
export function bytesOfCharacters(token: string): Uint8Array | null {
  const bytes = new Uint8Array(token.length);
  for (let at = 0; at < token.length; at++) {
    const byte = BYTE_OF_CHARACTER.get(token.charAt(at));
    if (byte === undefined) return null;
    bytes[at] = byte;
  }
  return bytes;
}

function alphabet(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(prints(byte) ? byte : next++));
}

function prints(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}
