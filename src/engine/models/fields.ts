import { ModelFileError } from './errors.ts';

const REMEDY = 'The file is damaged, or of a kind that is not known: download it again';

/** Named values of a header or of a config.json, read with the type that is expected. @throws ModelFileError */
export class Fields {
  readonly path: string;
  readonly #get: (key: string) => unknown;

  constructor(path: string, get: (key: string) => unknown) {
    this.path = path;
    this.#get = get;
  }

  static ofRecord(path: string, record: Readonly<Record<string, unknown>>): Fields {
    return new Fields(path, (key) => (Object.hasOwn(record, key) ? record[key] : undefined));
  }

  raw(key: string): unknown {
    return this.#get(key) ?? undefined;
  }

  number(key: string): number {
    return this.optionalNumber(key) ?? this.#missing(key);
  }

  /** A list of equal numbers, one for each layer, counts as one number. */
  optionalNumber(key: string): number | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    const list =
      Array.isArray(value) || ArrayBuffer.isView(value) ? Array.from(value as ArrayLike<unknown>) : [value];
    const [first] = list;
    if (typeof first !== 'number' || !Number.isFinite(first)) return this.#wrong(key, 'a number');
    if (list.some((other) => other !== first)) {
      throw new ModelFileError(
        this.path,
        `"${key}" differs from layer to layer`,
        'Such a model is not supported',
      );
    }
    return first;
  }

  text(key: string): string {
    return this.optionalText(key) ?? this.#missing(key);
  }

  optionalText(key: string): string | undefined {
    const value = this.raw(key);
    if (value === undefined || typeof value === 'string') return value;
    return this.#wrong(key, 'a text');
  }

  optionalBool(key: string): boolean | undefined {
    const value = this.raw(key);
    if (value === undefined || typeof value === 'boolean') return value;
    return this.#wrong(key, 'true or false');
  }

  optionalTexts(key: string): readonly string[] | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    return this.#wrong(key, 'a list of texts');
  }

  optionalNumbers(key: string): ArrayLike<number> | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (value instanceof Int32Array || value instanceof Float64Array) return value;
    if (Array.isArray(value) && value.every((item) => typeof item === 'number')) return value;
    return this.#wrong(key, 'a list of numbers');
  }

  optionalRecord(key: string): Fields | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    return isRecord(value) ? Fields.ofRecord(this.path, value) : this.#wrong(key, 'an object');
  }

  #missing(key: string): never {
    throw new ModelFileError(this.path, `"${key}" is missing`, REMEDY);
  }

  #wrong(key: string, what: string): never {
    throw new ModelFileError(this.path, `"${key}" is not ${what}`, REMEDY);
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
