import type { EmbeddingInput } from '../../../core/content.ts';
import type { Formatted } from '../../../core/dialect.ts';
import { compact } from '../../../core/json.ts';
import { reportExtras } from '../../wire/extras.ts';

export function formatRequest(input: EmbeddingInput, model: string): Formatted {
  const [only] = input.inputs;
  const body = compact({
    model,
    input: input.inputs.length === 1 && only !== undefined ? only : input.inputs,
    dimensions: input.dimensions,
    // Vectors are read as numbers and written as the client wants them.
    encoding_format: 'float',
    user: input.user,
  });
  return { body, warnings: reportExtras(input.extras, 'OpenAI embeddings') };
}
