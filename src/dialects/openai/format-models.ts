import type { ListedModel } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';

/** The body of `GET /v1/models`. */
export function formatModels(models: readonly ListedModel[]): JsonObject {
  return {
    object: 'list',
    data: models.map(({ id, provider, created }) => ({ id, object: 'model', created, owned_by: provider })),
  };
}
