// Prefill and decode of the same GGUF file, tokens per CPU-second, one thread each, in turns within one process.
import { openEngine } from './engine-subject.ts';
import { openLlamaCpp } from './llama-cpp-subject.ts';
import { arithmeticOption, cpuMs, median, modelPath, option, type Subject } from './subject.ts';

const CHUNK = 512;
const DECODED = 16;
const contexts = option('contexts', '512,16384').split(',').map(Number);
const rounds = Number(option('rounds', '7'));
const kvType = option('kv', 'bf16') === 'int8' ? 'int8' : 'bf16';

interface Round {
  readonly prefillMs: number;
  readonly decodeMs: number;
}

const tokenAt = (position: number): number => 100 + ((position * 37) % 40_000);
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => tokenAt(from + i));

async function fill(subject: Subject, tokens: number): Promise<void> {
  for (let at = 0; at < tokens; at += CHUNK) await subject.next(range(at, Math.min(at + CHUNK, tokens)), at);
}

/** The last chunk of a context, then tokens after it. Milliseconds of CPU time, a token. */
async function round(subject: Subject, context: number): Promise<Round> {
  const start = Math.max(0, context - CHUNK);
  const before = cpuMs();
  let token = await subject.next(range(start, context), start);
  const between = cpuMs();
  for (let i = 0; i < DECODED; i++) token = await subject.next([token], context + i);
  return { prefillMs: (between - before) / (context - start), decodeMs: (cpuMs() - between) / DECODED };
}

const most = Math.max(...contexts) + CHUNK;
const subjects = [
  await openEngine(modelPath(), most, kvType, arithmeticOption()),
  await openLlamaCpp(modelPath(), most),
] as const;
process.stdout.write(`${subjects[0].name} / ${subjects[1].name}, medians of ${rounds} rounds\n`);
for (const context of contexts) {
  for (const subject of subjects) {
    await fill(subject, context);
    await round(subject, context);
  }
  const ours: Round[] = [];
  const theirs: Round[] = [];
  for (let i = 0; i < rounds; i++) {
    ours.push(await round(subjects[0], context));
    theirs.push(await round(subjects[1], context));
  }
  for (const [what, of] of [
    ['prefill', (each: Round) => each.prefillMs],
    ['decode', (each: Round) => each.decodeMs],
  ] as const) {
    const ratio = median(ours.map((each, i) => of(theirs[i] ?? each) / of(each)));
    const rate = (all: readonly Round[]): string => (1_000 / median(all.map(of))).toFixed(1);
    process.stdout.write(
      `${what} at ${context}: ${rate(ours)} / ${rate(theirs)} tokens per CPU-second, ratio ${ratio.toFixed(2)}\n`,
    );
  }
}
for (const subject of subjects) await subject.close();
process.exit(0);
