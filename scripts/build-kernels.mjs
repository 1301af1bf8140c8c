// Compiles kernels/ to WASM, once with plain and once with relaxed SIMD; the engine picks what its JavaScript engine takes.
// node build-kernels.mjs [folder of a compiled src/engine/attention]
import { mkdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { main } from 'assemblyscript/asc';

const root = join(import.meta.dirname, '..');
const folder = process.argv[2];
const out = folder === undefined ? 'dist/engine/attention' : relative(root, resolve(folder));
process.chdir(root);
mkdirSync(out, { recursive: true });

const variants = { 'kernels.wasm': ['simd'], 'kernels-relaxed.wasm': ['simd', 'relaxed-simd'] };
for (const [file, features] of Object.entries(variants)) {
  const options = `--outFile ${out}/${file} --runtime stub --importMemory --noExportMemory
    --initialMemory 1 -O3 --noAssert --converge`;
  const { error } = await main(
    ['kernels/assembly/index.ts', ...options.split(/\s+/), ...features.flatMap((each) => ['--enable', each])],
    { stdout: process.stdout, stderr: process.stderr },
  );
  if (!error) continue;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
