import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openPglite } from '../../src/store/sql/pglite.ts';

/**
 * A directory with an empty PGlite database in it, a new one where none is given. Making one takes seconds, copying one
 * a moment: the first is kept for all later ones of this version.
 */
export async function freshPgliteDirectory(given?: string): Promise<string> {
  const template = join(tmpdir(), `infinite-llm-test-pglite-${pgliteVersion()}-${process.getuid?.() ?? 0}`);
  if (!existsSync(template)) await makeTemplate(template);
  const directory = given ?? mkdtempSync(join(tmpdir(), 'infinite-llm-test-'));
  cpSync(template, directory, { recursive: true });
  return directory;
}

async function makeTemplate(template: string): Promise<void> {
  const own = mkdtempSync(`${template}.`);
  const sql = await openPglite(own);
  await sql.close();
  try {
    renameSync(own, template);
  } catch {
    // Another test file was faster.
    rmSync(own, { recursive: true, force: true });
  }
}

function pgliteVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const manifest = readFileSync(join(dirname(entry), '..', 'package.json'));
  return createHash('sha256').update(manifest).digest('hex').slice(0, 8);
}
