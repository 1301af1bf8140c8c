/** The same view with these fields back at their defaults. Every field of a view is optional, so what is left is a view. */
export function without<V extends object>(view: V, ...fields: readonly (keyof V)[]): V {
  const rest = { ...view };
  for (const field of fields) delete rest[field];
  return rest;
}
