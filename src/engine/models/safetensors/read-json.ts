import { existsSync } from 'node:fs';
import { ModelFileError } from '../errors.ts';
import { isRecord } from '../fields.ts';
import { ModelFile } from '../model-file.ts';

/** The largest tokenizer.json of a known model has about 35 MB. */
const LARGEST_TEXT_BYTES = 1 << 28;

/** @throws ModelFileError */
export function readText(path: string): string {
  const file = new ModelFile(path);
  try {
    if (file.size > LARGEST_TEXT_BYTES) {
      throw new ModelFileError(
        path,
        `it has ${file.size} bytes, too many for what it is`,
        'Download it again',
      );
    }
    return new TextDecoder().decode(file.read(0, file.size));
  } finally {
    file.close();
  }
}

/** @throws ModelFileError */
export function readJson(path: string): Record<string, unknown> {
  const text = readText(path);
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch (cause) {
    throw new ModelFileError(path, 'it is not JSON', 'Download it again', { cause });
  }
  throw new ModelFileError(path, 'it is not a JSON object', 'Download it again');
}

/** Null when there is no such file. @throws ModelFileError */
export function readOptionalJson(path: string): Record<string, unknown> | null {
  return existsSync(path) ? readJson(path) : null;
}
