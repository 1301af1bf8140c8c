import type { ListedModel } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';

/** `GET /v1beta/models`, on one page. What a model can do is not known here, so it is not denied either. */
export function formatModels(models: readonly ListedModel[]): JsonObject {
  return {
    models: models.map(({ id }) => ({
      name: `models/${id}`,
      displayName: id,
      supportedGenerationMethods: ['generateContent', 'countTokens', 'embedContent'],
    })),
  };
}
