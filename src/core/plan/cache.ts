/** Settings of the lever `cache`. */
export interface CacheSettings {
  readonly enabled: boolean;
}

/** As it is when nothing is configured. */
export const NO_CACHE: CacheSettings = { enabled: false };
