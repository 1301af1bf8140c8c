// Makes a checkout runnable: installs and builds what is missing or older than its sources. Plain Node, no dependencies,
// since it runs before anything is installed. A packed tarball has no sources and needs neither.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const at = (...parts) => join(root, ...parts);

function run(what, command, args) {
  process.stderr.write(`${what}…\n`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) {
    process.stderr.write(`${what} failed: "${command} ${args.join(' ')}" ended with ${status}\n`);
    process.exit(status ?? 1);
  }
}

/** Changes when any file below changes: names, sizes and times, not contents, so that it takes milliseconds. */
function fingerprint(paths) {
  const hash = createHash('sha256');
  const visit = (path) => {
    const stat = statSync(path);
    if (!stat.isDirectory()) return hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`);
    for (const name of readdirSync(path).sort()) if (name !== 'node_modules') visit(join(path, name));
  };
  for (const path of paths) if (existsSync(path)) visit(path);
  return hash.digest('hex');
}

/** Runs `work` unless the stamp says that it was done for this fingerprint. */
function once(stamp, print, work) {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === print) return;
  work();
  writeFileSync(stamp, print);
}

const lock = createHash('sha256')
  .update(readFileSync(at('package-lock.json')))
  .digest('hex');
// Not `npm ci`: it refuses a lock without the optional packages of other platforms, which not every registry serves.
once(at('node_modules', '.infinite-llm-installed'), lock, () =>
  run('Installing packages', 'npm', ['install', '--no-save', '--no-audit', '--no-fund']),
);

const built = [
  'src',
  'kernels',
  'web',
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
  'tsconfig.build.json',
];
const print = fingerprint(built.map((path) => at(path)));
once(at('dist', '.built'), print, () => run('Building', 'npm', ['run', '--silent', 'build']));
