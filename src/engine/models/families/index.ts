import { ModelFileError } from '../errors.ts';
import type { Family } from './family.ts';
import { llama } from './llama.ts';
import { mistral } from './mistral.ts';
import { qwen2 } from './qwen2.ts';
import { qwen3 } from './qwen3.ts';

export type { Family, Presence } from './family.ts';

/** For a GGUF, whose names are fewer, the first that has the name. */
export const FAMILIES: readonly Family[] = [llama, mistral, qwen2, qwen3];

/** The family of a GGUF. @throws ModelFileError */
export function familyOfGguf(file: string, architecture: string): Family {
  return FAMILIES.find(({ gguf }) => gguf === architecture) ?? unsupported(file, architecture, 'gguf');
}

/** The family of a Hugging Face folder. @throws ModelFileError */
export function familyOfFolder(file: string, architecture: string): Family {
  return (
    FAMILIES.find(({ huggingFace }) => huggingFace === architecture) ??
    unsupported(file, architecture, 'huggingFace')
  );
}

/** Mixtures of experts share names with dense families, so they are refused wherever they show. */
export function refuseExperts(file: string, architecture: string, experts: number): void {
  if (experts > 0) refuseMoe(file, `${architecture} with ${experts} experts`);
}

function unsupported(file: string, architecture: string, naming: 'gguf' | 'huggingFace'): never {
  const shown = architecture.slice(0, 80);
  if (/moe|mixtral|expert/i.test(architecture)) refuseMoe(file, shown);
  const known = [...new Set(FAMILIES.map((family) => family[naming]))].join(', ');
  throw new ModelFileError(file, `its architecture "${shown}" is not supported`, `Supported: ${known}`);
}

function refuseMoe(file: string, shown: string): never {
  throw new ModelFileError(
    file,
    `it is a mixture of experts (${shown}), which the engine does not run`,
    `Take a dense model: ${FAMILIES.map(({ name }) => name).join(', ')}`,
  );
}
