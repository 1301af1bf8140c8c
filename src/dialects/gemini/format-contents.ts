import type { JsonObject } from '../../core/json.ts';
import type { Turn } from '../prompt/turns.ts';
import { providerSignature } from '../wire/signature.ts';
import type { Warnings } from '../wire/warnings.ts';
import { formatModelPart, formatUserPart } from './format-parts.ts';
import type { GeminiFeatures } from './gemini-features.ts';
import { OWNER } from './owner.ts';
import { NO_SIGNATURE } from './thought-signature.ts';

/** Turns without anything to say are left out: the API refuses them. */
export function formatContents(
  turns: readonly Turn[],
  features: GeminiFeatures,
  warnings: Warnings,
): JsonObject[] {
  return turns.flatMap((turn): JsonObject[] => {
    const parts =
      turn.role === 'user'
        ? turn.content.flatMap((piece) => formatUserPart(piece, features, warnings))
        : signedCalls(
            turn,
            turn.content.flatMap((piece) => formatModelPart(piece, warnings)),
            features,
          );
    return parts.length > 0 ? [{ role: turn.role === 'user' ? 'user' : 'model', parts }] : [];
  });
}

/** Models that sign their calls want a signature on the first call of a turn, also when another model made it. */
function signedCalls(
  turn: Extract<Turn, { role: 'assistant' }>,
  parts: JsonObject[],
  features: GeminiFeatures,
): JsonObject[] {
  const isSigned = turn.content.some(
    ({ content }) =>
      content.type === 'tool-call' && providerSignature(OWNER, content.signature) !== undefined,
  );
  const first = features.signsCalls && !isSigned ? parts.findIndex((part) => part['functionCall']) : -1;
  return parts.map((part, index) => (index === first ? { ...part, thoughtSignature: NO_SIGNATURE } : part));
}
