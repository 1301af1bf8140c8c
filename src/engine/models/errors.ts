/** A model that cannot be opened: which file, what is wrong with it, and what to do about it. */
export class ModelFileError extends Error {
  readonly file: string;
  readonly what: string;
  readonly remedy: string;
  constructor(file: string, what: string, remedy: string, options?: ErrorOptions) {
    super(`${file}: ${what}. ${remedy}`, options);
    this.name = 'ModelFileError';
    this.file = file;
    this.what = what;
    this.remedy = remedy;
  }
}

export const DOWNLOAD_AGAIN =
  'The file is truncated or corrupted: download it again and compare its checksum';
