import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createEmbedder } from '../../../src/text/embed/index.ts';

const DIMENSIONS = 384;
const AT_ONCE = 2000;

/** The vectors of texts; those that were needed once are kept in two files, `PLACE.json` and `PLACE.f32`. */
export class Vectors {
  readonly #model: string;
  readonly #place: string | undefined;
  readonly #known = new Map<string, Float32Array>();

  constructor(model: string, place: string | undefined) {
    this.#model = model;
    this.#place = place;
    if (place === undefined || !existsSync(`${place}.json`)) return;
    const texts = JSON.parse(readFileSync(`${place}.json`, 'utf8')) as string[];
    const all = new Float32Array(new Uint8Array(readFileSync(`${place}.f32`)).buffer);
    for (const [at, text] of texts.entries())
      this.#known.set(text, all.subarray(at * DIMENSIONS, (at + 1) * DIMENSIONS));
  }

  async of(texts: readonly string[]): Promise<Float32Array[]> {
    const missing = [...new Set(texts)].filter((text) => !this.#known.has(text));
    if (missing.length > 0) await this.#embed(missing);
    return texts.map((text) => this.#known.get(text) ?? new Float32Array(DIMENSIONS));
  }

  async #embed(texts: readonly string[]): Promise<void> {
    const embedder = createEmbedder({ folder: this.#model, dimensions: DIMENSIONS });
    for (let at = 0; at < texts.length; at += AT_ONCE) {
      const some = texts.slice(at, at + AT_ONCE);
      const vectors = await embedder.embed(some);
      for (const [index, text] of some.entries()) {
        const vector = vectors[index];
        if (vector) this.#known.set(text, vector);
      }
      process.stderr.write(`embedded ${Math.min(at + AT_ONCE, texts.length)} of ${texts.length}\n`);
    }
    await embedder.close();
    if (this.#place === undefined) return;
    const all = new Float32Array(this.#known.size * DIMENSIONS);
    for (const [at, vector] of [...this.#known.values()].entries()) all.set(vector, at * DIMENSIONS);
    writeFileSync(`${this.#place}.json`, JSON.stringify([...this.#known.keys()]));
    writeFileSync(`${this.#place}.f32`, all);
  }
}
