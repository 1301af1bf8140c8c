import { hash } from 'node:crypto';

/** A credential that does not print itself: not in logs, JSON, templates or inspected objects. */
export class Secret {
  readonly #value: string;
  /** First 8 hex digits of the SHA-256: enough to tell two keys apart, useless to whoever reads it. */
  readonly fingerprint: string;

  constructor(value: string) {
    this.#value = value;
    this.fingerprint = sha256(value).slice(0, 8);
  }

  /** The value itself. Call it only where it goes into a request to its own host. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return `[secret ${this.fingerprint}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** SHA-256 in hex. */
export function sha256(text: string): string {
  return hash('sha256', text);
}
