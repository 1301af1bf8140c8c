import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path of a program in PATH or one of the other directories; null when it is in none. */
export function findProgram(name: string, otherDirectories: readonly string[] = []): string | null {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), ...otherDirectories];
  for (const directory of directories.filter(Boolean)) {
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  return null;
}
