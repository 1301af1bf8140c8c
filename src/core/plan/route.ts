/** Settings of the lever `route`. */
export interface RouteSettings {
  readonly enabled: boolean;
}

/** As it is when nothing is configured. */
export const NO_ROUTE: RouteSettings = { enabled: false };
