/** What an error says that may be anything, as whatever is thrown may be. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
