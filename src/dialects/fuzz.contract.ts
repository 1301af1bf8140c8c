import * as fc from 'fast-check';
import { isObject, type Json, type JsonObject } from '../core/json.ts';

/** What a careless or hostile peer puts where something else belongs. */
export const oddValue: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    0,
    -1,
    1.5,
    '',
    'x',
    [],
    {},
    [null],
    [[]],
    { type: 'x' },
    '__proto__',
    'data:,',
  ),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
);

function countNodes(value: Json | undefined): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item: Json) => sum + countNodes(item), 1);
  if (isObject(value)) return Object.values(value).reduce<number>((sum, item) => sum + countNodes(item), 1);
  return 1;
}

/** A copy in which the node with that number, counted depth first, is another value. */
function replaceNode(value: Json, number: number, replacement: Json): Json {
  let seen = 0;
  const copy = (node: Json): Json => {
    if (seen++ === number) return replacement;
    if (Array.isArray(node)) return node.map((item: Json) => copy(item));
    if (!isObject(node)) return node;
    return Object.fromEntries(
      Object.entries(node).flatMap(([key, item]) => (item === undefined ? [] : [[key, copy(item)]])),
    );
  };
  return copy(value);
}

/** Objects like the samples, of which up to three nodes are something else. */
export function mutated(samples: readonly JsonObject[]): fc.Arbitrary<JsonObject> {
  const change = fc.tuple(fc.nat(), oddValue);
  return fc
    .tuple(fc.constantFrom(...samples), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([sample, changes]) =>
      changes.reduce<JsonObject>((object, [at, value]) => {
        const nodes = countNodes(object);
        const next = nodes > 1 ? replaceNode(object, 1 + (at % (nodes - 1)), value) : object;
        return isObject(next) ? next : object;
      }, sample),
    );
}

/** Any JSON object at all. */
export const anyObject = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<JsonObject>;
