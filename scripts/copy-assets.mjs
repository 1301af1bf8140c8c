// Copies what tsc does not: the SQL migrations that stand beside the store's code.
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const from = join(root, 'src/store/migrations');
if (existsSync(from)) cpSync(from, join(root, 'dist/store/migrations'), { recursive: true });
