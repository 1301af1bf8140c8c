import { z } from 'zod';
import type { JsonObject } from '../../core/json.ts';
import { fileSchema } from './file-schema.ts';
import type { ProviderKindInfo } from './kinds.ts';

/** The JSON Schema (draft 2020-12) of `infinite-llm.yaml`, for editors. */
export function configJsonSchema(kinds: readonly ProviderKindInfo[]): JsonObject {
  const schema = z.toJSONSchema(fileSchema(kindNames(kinds)), { io: 'input' }) as JsonObject;
  return { ...schema, title: 'infinite-llm.yaml' };
}

/** @throws RangeError when there is no kind at all */
export function kindNames(kinds: readonly ProviderKindInfo[]): readonly [string, ...string[]] {
  const [first, ...others] = kinds.map(({ kind }) => kind);
  if (first === undefined) throw new RangeError('there are no kinds of providers');
  return [first, ...others];
}
