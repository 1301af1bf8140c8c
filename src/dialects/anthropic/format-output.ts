import type { OutputFormat } from '../../core/content.ts';
import type { JsonObject } from '../../core/json.ts';
import { jsonInstruction } from '../prompt/json-instruction.ts';
import type { Warnings } from '../wire/warnings.ts';
import type { ClaudeFeatures } from './claude-features.ts';
import { TITLE } from './owner.ts';
import { strictSchema } from './strict-schema.ts';

/** Where the wanted form of the answer goes: into `output_config.format`, or else into the system prompt. */
export interface OutputPlan {
  readonly format?: JsonObject;
  readonly instruction?: string;
}

export function formatOutput(format: OutputFormat, features: ClaudeFeatures, warnings: Warnings): OutputPlan {
  if (format.kind === 'text') return {};
  if (format.kind === 'json') {
    warnings.add(
      `response format: ${TITLE} has no JSON mode without a schema, so the model is asked for JSON`,
    );
    return { instruction: jsonInstruction(format) };
  }
  if (features.hasSchemas) {
    warnings.add(
      `response format: ${TITLE} takes the schema alone, without name, description and strictness`,
    );
    return { format: { type: 'json_schema', schema: strictSchema(format.schema, 'schema', warnings) } };
  }
  warnings.add('response format: this model does not enforce schemas, so it is asked to follow the schema');
  return { instruction: jsonInstruction(format) };
}
