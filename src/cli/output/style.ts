import { styleText } from 'node:util';

export type Tone = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

/** Colours a text, or not. */
export type Paint = (tone: Tone, text: string) => string;

export function painter(color: boolean): Paint {
  return color ? (tone, text) => styleText(tone, text) : (_tone, text) => text;
}

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Text from elsewhere, made harmless to a terminal. */
export function printable(text: string): string {
  return text.replace(CONTROL, '\ufffd');
}
