/** Settings of the lever `compress`. */
export interface CompressSettings {
  readonly enabled: boolean;
}

/** As it is when nothing is configured. */
export const NO_COMPRESS: CompressSettings = { enabled: false };
