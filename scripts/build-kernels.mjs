// Compiles kernels/ to WASM, once with plain and once with relaxed SIMD; the engine picks what its JavaScript engine takes.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';

const root = join(import.meta.dirname, '..');
const out = 'dist/engine/attention';
mkdirSync(join(root, out), { recursive: true });

const variants = { 'kernels.wasm': ['simd'], 'kernels-relaxed.wasm': ['simd', 'relaxed-simd'] };
for (const [file, features] of Object.entries(variants)) {
  const { error, stderr } = await main([
    'kernels/assembly/index.ts',
    ...['--baseDir', root, '--outFile', `${out}/${file}`],
    ...['--runtime', 'stub', '--importMemory', '--noExportMemory', '--initialMemory', '1'],
    ...['-O3', '--noAssert', '--converge'],
    ...features.flatMap((feature) => ['--enable', feature]),
  ]);
  if (!error) continue;
  process.stderr.write(`${stderr.toString()}\n${error.message}\n`);
  process.exit(1);
}
