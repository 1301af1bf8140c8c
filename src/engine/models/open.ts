import { statSync } from 'node:fs';
import { ModelFileError } from './errors.ts';
import { openGguf } from './gguf/open-gguf.ts';
import type { Model } from './model.ts';
import { openFolder } from './safetensors/open-folder.ts';

export interface OpenOptions {
  /** What it is called; the file's or folder's name when absent. */
  readonly name?: string;
}

/**
 * Opens a GGUF file or a Hugging Face folder. Headers and tokenizer are read now, weights when they are asked for.
 * @throws ModelFileError for whatever is wrong with it
 */
export function openModel(path: string, options: OpenOptions = {}): Model {
  return isFolder(path) ? openFolder(path, options.name) : openGguf(path, options.name);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw new ModelFileError(
      path,
      'there is nothing at this path',
      'Check the path, or get a model with `models pull`',
      {
        cause,
      },
    );
  }
}
