import type { ListedModel } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';

/** `GET /v1/models`, on one page. */
export function formatModels(models: readonly ListedModel[]): JsonObject {
  return {
    data: models.map(({ id, created }) => ({
      type: 'model',
      id,
      display_name: id,
      created_at: new Date(created * 1000).toISOString().replace('.000Z', 'Z'),
    })),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  };
}
