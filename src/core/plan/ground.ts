/** Settings of the lever `ground`. */
export interface GroundSettings {
  readonly enabled: boolean;
}

/** As it is when nothing is configured. */
export const NO_GROUND: GroundSettings = { enabled: false };
