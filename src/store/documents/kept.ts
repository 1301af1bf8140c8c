/**
 * What was read of collections, until they change. `get` answers with what is read after the last `forget`; what was on
 * its way then is for those only who asked before.
 */
export interface Kept<T> {
  get(collection: string): Promise<T>;
  forget(collection: string): void;
  clear(): void;
}

/** Of the collections that were asked for last. */
export function keepRead<T>(read: (collection: string) => Promise<T>, mostCollections: number): Kept<T> {
  const kept = new Map<string, Promise<T>>();
  return {
    get(collection) {
      const known = kept.get(collection);
      kept.delete(collection);
      const value = known ?? read(collection);
      // The one that was used last stands last.
      kept.set(collection, value);
      value.catch(() => {
        if (kept.get(collection) === value) kept.delete(collection);
      });
      const [oldest] = kept.keys();
      if (kept.size > mostCollections && oldest !== undefined) kept.delete(oldest);
      return value;
    },
    forget: (collection) => void kept.delete(collection),
    clear: () => kept.clear(),
  };
}
