/** Settings of the lever `fit`. */
export interface FitSettings {
  readonly enabled: boolean;
}

/** As it is when nothing is configured. */
export const NO_FIT: FitSettings = { enabled: false };
