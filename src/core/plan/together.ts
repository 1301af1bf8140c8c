/** Settings of the lever `together`. */
export interface TogetherSettings {
  readonly enabled: boolean;
}

/** As it is when nothing is configured. */
export const NO_TOGETHER: TogetherSettings = { enabled: false };
