// Compiles kernels/ to WASM, once with plain and once with relaxed SIMD; the engine picks what its JavaScript engine takes.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';

process.chdir(join(import.meta.dirname, '..'));
const out = 'dist/engine/attention';
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
