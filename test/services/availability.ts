/** A service that tests use where it is installed, and that the continuous integration must have. */
export interface Availability {
  readonly available: boolean;
  /** For the title of a suite: empty when it runs, else what would make it run. */
  readonly note: string;
}

/** @throws when the service is missing where `CI` demands it */
export function availability(available: boolean, remedy: string): Availability {
  if (!available && process.env['CI'] === 'true') throw new Error(`CI=true needs every service: ${remedy}`);
  return { available, note: available ? '' : ` (skipped: ${remedy})` };
}
