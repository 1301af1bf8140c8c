import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { isCallError } from '../../core/errors.ts';
import { messageOf } from '../../core/message-of.ts';
import {
  checkSamples,
  evaluateRouter,
  formatRouterModel,
  heldOutPredictions,
  interval,
  type Judged,
  readSamples,
  type Sample,
  targetsOf,
  trainHeads,
} from '../../policy/route/learned/index.ts';
import { createEmbedder } from '../../text/embed/index.ts';
import { modelsDir } from '../../text/models/index.ts';
import { Failure } from '../failure.ts';
import type { Io } from '../io.ts';
import { whole } from '../output/amounts.ts';

interface Options {
  readonly out: string;
  readonly name: Readonly<Record<string, string>>;
  readonly fraction: number;
  readonly dir?: string;
}

const MOST_BYTES = 200_000_000;
const EMBEDDED_AT_ONCE = 64;
const SHOWN_SHARES = [0.1, 0.25, 0.5, 0.75] as const;

export function routeTrainCommand(io: Io): Command {
  const command = new Command('train')
    .summary('train a router on paired outcomes')
    .description(
      'Learns from questions whose answers by several models were judged which of them will do for a new question. Needs "models pull minilm", and no gateway. Data: CSV with a column "prompt", perhaps "group", and one for each model with true, false or a number from 0 to 1; or JSON lines {"prompt", "group"?, "outcomes": {"provider/model": true}}.',
    )
    .argument('<data...>', 'files, or folders of them; a file is a group where none is named')
    .option('-o, --out <file>', 'where the router is written', 'router.json')
    .option(
      '--name <column=provider/model>',
      'what a column is called here; may be repeated',
      collectName,
      {},
    )
    .option(
      '--fraction <share>',
      'share of the best model’s quality to reach, for the report',
      fraction,
      0.95,
    )
    .option('--dir <folder>', 'where models are');
  command.addHelpText(
    'after',
    `
Example:
  infinite-llm route train outcomes.csv --name gpt-4o=openai/gpt-4o --name mini=openai/gpt-4o-mini

Then, in infinite-llm.yaml:
  models:
    smart: { targets: [openai/gpt-4o-mini, openai/gpt-4o], route: { strategy: learned, learned: { file: router.json } } }`,
  );
  return command.action(async (paths: readonly string[], options: Options) => {
    const samples = await samplesOf(paths, options.name);
    const vectors = await embedAll(samples, options.dir, io);
    const predictions = heldOutPredictions(samples, vectors);
    io.out(report(samples, predictions, options.fraction));
    const heads = trainHeads(samples, vectors);
    await writeFile(options.out, formatRouterModel({ dimensions: vectors[0]?.length ?? 0, heads }));
    io.out(`Wrote ${options.out}.\n`);
  });
}

async function samplesOf(
  paths: readonly string[],
  names: Readonly<Record<string, string>>,
): Promise<readonly Sample[]> {
  const files = (await Promise.all(paths.map(filesOf))).flat();
  try {
    const samples: Sample[] = [];
    let bytes = 0;
    for (const file of files) {
      const text = await readFile(file, 'utf8');
      bytes += text.length;
      if (bytes > MOST_BYTES) throw new Error(`The data are larger than ${MOST_BYTES / 1e6} MB.`);
      samples.push(...readSamples(text, basename(file), names));
    }
    checkSamples(samples);
    return samples;
  } catch (error) {
    throw new Failure(messageOf(error));
  }
}

async function filesOf(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const inside = await readdir(path);
    return inside
      .filter((name) => /\.(csv|jsonl)$/.test(name))
      .sort()
      .map((name) => join(path, name));
  } catch (error) {
    throw new Failure(`${path} cannot be read: ${messageOf(error)}.`);
  }
}

async function embedAll(
  samples: readonly Sample[],
  dir: string | undefined,
  io: Io,
): Promise<Float32Array[]> {
  const embedder = createEmbedder({ folder: join(dir ?? modelsDir(process.env), 'minilm') });
  try {
    const vectors: Float32Array[] = [];
    for (let at = 0; at < samples.length; at += EMBEDDED_AT_ONCE) {
      const texts = samples.slice(at, at + EMBEDDED_AT_ONCE).map(({ prompt }) => prompt);
      vectors.push(...(await embedder.embed(texts, io.signal)));
      if (at % 1024 === 0 && at > 0) io.err(`${whole(at)} of ${whole(samples.length)} questions embedded\n`);
    }
    return vectors;
  } catch (error) {
    throw isCallError(error) ? new Failure(error.message) : error;
  } finally {
    await embedder.close();
  }
}

/** What the router would have done on groups that it was not trained on. */
function report(
  samples: readonly Sample[],
  predictions: readonly Readonly<Record<string, number>>[],
  share: number,
): string {
  const ranked = targetsOf(samples)
    .map((name) => ({ name, mean: mean(samples.map(({ outcomes }) => outcomes[name] ?? 0)) }))
    .sort((a, b) => b.mean - a.mean);
  const [strong] = ranked;
  const lines = [
    `${whole(samples.length)} questions, ${new Set(samples.map(({ group }) => group)).size} groups\n`,
  ];
  for (const { name, mean: quality } of ranked) lines.push(`  ${name}: ${percent(quality)} answered well\n`);
  for (const weak of strong ? ranked.slice(1) : []) {
    const judged = samples.map(
      ({ outcomes }, at): Judged => ({
        weak: outcomes[weak.name] ?? 0,
        strong: outcomes[strong?.name ?? ''] ?? 0,
        gain: (predictions[at]?.[strong?.name ?? ''] ?? 0) - (predictions[at]?.[weak.name] ?? 0),
      }),
    );
    const figures = evaluateRouter(judged, share);
    const apgr = interval(judged, (sample) => evaluateRouter(sample, share).apgr, Math.random, 200);
    lines.push(
      `\n${strong?.name} instead of ${weak.name}, on groups that were held out:\n`,
      `  calls to the stronger for ${percent(share)} of its quality: ${percent(figures.strongShare)} (a coin ${percent(figures.randomShare)}, knowing the outcome ${percent(figures.oracleShare)})\n`,
      `  average performance gap recovered: ${figures.apgr.toFixed(3)} (95 % interval ${apgr[0].toFixed(3)} to ${apgr[1].toFixed(3)}; a coin 0.5)\n`,
      '  minGain for a share of calls to the stronger:',
      ...SHOWN_SHARES.map((part) => ` ${percent(part)} ${gainAt(judged, part).toFixed(3)}`),
      '\n',
    );
  }
  return lines.join('');
}

/** The gain that so many questions exceed. */
function gainAt(judged: readonly Judged[], share: number): number {
  const gains = judged.map(({ gain }) => gain).sort((a, b) => b - a);
  return Math.max(0, gains[Math.floor(share * gains.length)] ?? 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function collectName(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf('=');
  if (at <= 0 || !/^[^/\s]+\/\S+$/.test(text.slice(at + 1)))
    throw new InvalidArgumentError('It must look like column=provider/model.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

function fraction(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number over 0 and up to 1.');
}
