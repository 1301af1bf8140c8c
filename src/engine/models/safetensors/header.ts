import { DOWNLOAD_AGAIN, ModelFileError } from '../errors.ts';
import { isRecord } from '../fields.ts';
import type { TensorType } from '../model.ts';
import type { ModelFile } from '../model-file.ts';
import { bytesOf } from '../quant/layout.ts';
import { refuseOverlaps, type StoredTensor } from '../stored-tensor.ts';

/** The format's own bound. */
const LARGEST_HEADER_BYTES = 100_000_000;

const TYPES: ReadonlyMap<string, TensorType> = new Map([
  ['F32', 'F32'],
  ['F16', 'F16'],
  ['BF16', 'BF16'],
]);

/** Tensors of one safetensors file, their bounds checked. @throws ModelFileError */
export function readSafetensorsHeader(file: ModelFile): readonly StoredTensor[] {
  const length = headerLength(file);
  const header = parsed(file, new TextDecoder().decode(file.read(8, length)));
  const dataStart = 8 + length;
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => tensorOf(file, name, entry, dataStart));
  refuseOverlaps(file.path, entries, DOWNLOAD_AGAIN);
  return entries;
}

function headerLength(file: ModelFile): number {
  if (file.size < 8) throw new ModelFileError(file.path, `it has ${file.size} bytes`, DOWNLOAD_AGAIN);
  const length = Number(new DataView(file.read(0, 8).buffer).getBigUint64(0, true));
  if (length > LARGEST_HEADER_BYTES || length > file.size - 8) {
    throw new ModelFileError(file.path, `it claims a header of ${length} bytes`, DOWNLOAD_AGAIN);
  }
  return length;
}

function parsed(file: ModelFile, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // Said below.
  }
  throw new ModelFileError(file.path, 'its header is not JSON', DOWNLOAD_AGAIN);
}

function tensorOf(
  file: ModelFile,
  name: string,
  entry: unknown,
  dataStart: number,
): StoredTensor & { readonly bytes: number } {
  const damaged = (what: string) =>
    new ModelFileError(file.path, `tensor "${name.slice(0, 80)}" ${what}`, DOWNLOAD_AGAIN);
  if (!isRecord(entry)) throw damaged('is not described');
  const { dtype, shape, data_offsets: offsets } = entry;
  const type = TYPES.get(String(dtype));
  if (!type) {
    throw new ModelFileError(
      file.path,
      `tensor "${name.slice(0, 80)}" is kept as ${String(dtype).slice(0, 20)}, which is not supported`,
      `Supported in safetensors: ${[...TYPES.keys()].join(', ')}; take an unquantised folder, or a GGUF`,
    );
  }
  if (!isCounts(shape) || shape.length > 8) throw damaged('has no shape');
  if (!isCounts(offsets) || offsets.length !== 2) throw damaged('has no offsets');
  const [begin = 0, end = 0] = offsets;
  const bytes = bytesOf(
    type,
    shape.reduce((product, size) => product * size, 1),
  );
  if (end - begin !== bytes) throw damaged(`has ${end - begin} bytes for ${shape.join(' × ')} of ${type}`);
  if (dataStart + end > file.size)
    throw damaged(`ends at byte ${dataStart + end}, and the file has ${file.size}`);
  return { name, type, shape, file, offset: dataStart + begin, bytes };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
