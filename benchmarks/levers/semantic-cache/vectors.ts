import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createEmbedder } from '../../../src/text/embed/index.ts';

const DIMENSIONS = 384;
const AT_ONCE = 2000;

/** Vectors of all texts, kept in a file for the next run of the same texts. */
export async function vectorsOf(
  texts: readonly string[],
  model: string,
  cache: string | undefined,
): Promise<Float32Array[]> {
  const file =
    cache && `${cache}.${createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 16)}.f32`;
  if (file && existsSync(file)) return split(new Float32Array(new Uint8Array(readFileSync(file)).buffer));
  const embedder = createEmbedder({ folder: model, dimensions: DIMENSIONS });
  const all = new Float32Array(texts.length * DIMENSIONS);
  for (let at = 0; at < texts.length; at += AT_ONCE) {
    const vectors = await embedder.embed(texts.slice(at, at + AT_ONCE));
    for (const [index, vector] of vectors.entries()) all.set(vector, (at + index) * DIMENSIONS);
    process.stderr.write(`embedded ${Math.min(at + AT_ONCE, texts.length)} of ${texts.length}\r`);
  }
  process.stderr.write('\n');
  await embedder.close();
  if (file) writeFileSync(file, all);
  return split(all);
}

function split(all: Float32Array): Float32Array[] {
  return Array.from({ length: all.length / DIMENSIONS }, (_, at) =>
    all.subarray(at * DIMENSIONS, (at + 1) * DIMENSIONS),
  );
}
