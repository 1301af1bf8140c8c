// Hit rate and errors of the semantic cache on Quora's pairs of questions, with questions made from them that look alike
// and mean something else; and the time of a lookup among many. See README.md.
import { parseArgs } from 'node:util';
import { createEmbedder } from '../../../src/text/embed/index.ts';
import { differenceOf, traitsOf } from '../../../src/policy/cache/semantic/guard.ts';
import { SemanticCache } from '../../../src/policy/cache/semantic/semantic-cache.ts';
import { VectorIndex } from '../../../src/policy/cache/semantic/vector-index.ts';
import { seeded, trafficFrom } from './questions.ts';
import { type Outcome, replay, replayThreshold, type Traffic } from './replay.ts';
import { Vectors } from './vectors.ts';

const { values: given } = parseArgs({
  options: {
    quora: { type: 'string' },
    minilm: { type: 'string' },
    vectors: { type: 'string' },
    classes: { type: 'string', default: '2500' },
    least: { type: 'string', default: '2' },
    seeds: { type: 'string', default: '1,2,3' },
    entries: { type: 'string', default: '100000' },
    negatives: { type: 'string', default: '0.3' },
    margin: { type: 'string', default: '0.3' },
  },
});
const quora = given.quora ?? process.env['QUORA'];
const model = given.minilm ?? process.env['INFINITE_LLM_TEST_MINILM'];
if (quora === undefined || model === undefined) {
  process.stderr.write('Say where the data is: --quora similar_pairs.json.gz --minilm FOLDER\n');
  process.exit(1);
}

const margin = Number(given.margin);
const percent = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(2)} %`;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const store = new Vectors(model, given.vectors);
const traffics: Traffic[] = [];
for (const seed of given.seeds.split(',').map(Number)) {
  const questions = trafficFrom(quora, {
    classes: Number(given.classes),
    leastQuestions: Number(given.least),
    negatives: Number(given.negatives),
    random: seeded(seed),
  });
  traffics.push({ questions, vectors: await store.of(questions.map(({ text }) => text)) });
}

guardTable(traffics);
say(
  '\nrule | calls | hits | hit rate | wrong, of hits | wrong, of calls | made ones among the wrong | first hit at call',
);
for (const unknown of [true, false])
  for (const maxErrorRate of [0.01, 0.02, 0.05]) {
    const risk = { maxErrorRate, confidence: 0.95, margin, auditShare: 0.05 };
    const name = `at most ${maxErrorRate * 100} % wrong, ${unknown ? 'as labelled' : 'unlabelled pairs apart'}`;
    row(
      name,
      traffics.map((traffic, at) => replay(traffic, risk, seeded(100 + at), unknown)),
    );
  }
for (const guarded of [false, true])
  for (const threshold of [0.85, 0.9, 0.95, 0.98])
    row(
      `similarity ≥ ${threshold}${guarded ? ' and the guard' : ''}`,
      traffics.map((traffic) => replayThreshold(traffic, threshold, guarded)),
    );
await lookupTimes(Number(given.entries));

function row(name: string, outcomes: readonly Outcome[]): void {
  const sum = (of: (outcome: Outcome) => number): number =>
    outcomes.reduce((total, each) => total + of(each), 0);
  const [calls, hits, wrong] = [sum((o) => o.calls), sum((o) => o.hits), sum((o) => o.wrong)];
  const first = outcomes.map(({ firstHit }) => firstHit ?? '–').join(' ');
  const each = outcomes.map((o) => percent(o.wrong, o.hits)).join(' ');
  say(
    [
      name,
      calls,
      hits,
      percent(hits, calls),
      `${percent(wrong, hits)} (${each})`,
      percent(wrong, calls),
      sum((o) => o.wrongMade),
      first,
    ].join(' | '),
  );
}

/** What the guard makes of nearest neighbours that are at least 0.85 similar. */
function guardTable(all: readonly Traffic[]): void {
  const counts = new Map<string, { pairs: number; stopped: number }>();
  for (const { questions, vectors } of all) {
    const index = new VectorIndex(384);
    const kept: number[] = [];
    for (const [at, question] of questions.entries()) {
      const vector = vectors[at];
      if (!vector) continue;
      const [near] = index.nearest(1, vector, 1);
      const other = near && questions[kept[near.slot] ?? 0];
      if (near && other && near.similarity >= 0.85) {
        const kind =
          other.class === question.class
            ? 'same meaning'
            : (question.made ?? other.made ?? 'other question of people');
        const count = counts.get(kind) ?? { pairs: 0, stopped: 0 };
        count.pairs += 1;
        if (differenceOf(traitsOf(question.text), traitsOf(other.text)) !== null) count.stopped += 1;
        counts.set(kind, count);
      }
      kept[index.add(1, vector)] = at;
    }
  }
  say('nearest question, at least 0.85 similar | pairs | stopped by the guard');
  for (const [kind, { pairs, stopped }] of counts) say(`${kind} | ${pairs} | ${percent(stopped, pairs)}`);
}

/** Finding, judging and the guard among many questions of one scope, most of them real and the others near real ones. */
async function lookupTimes(entries: number): Promise<void> {
  const random = seeded(9);
  const questions = traffics.flatMap((traffic) => traffic.questions);
  const vectors = traffics.flatMap((traffic) => traffic.vectors);
  const cache = new SemanticCache({ dimensions: 384, maxQuestions: entries, maxBytes: 1e12 });
  const traits = questions.map(({ text }) => traitsOf(text));
  const call = { dialect: 'openai-chat', operation: 'generate', stream: false } as const;
  const startedAt = performance.now();
  for (let n = 0; n < entries; n++) {
    const at = n % vectors.length;
    const [vector, question] = [vectors[at], questions[at]?.text];
    if (!vector || question === undefined) continue;
    cache.apply({
      type: 'answer',
      id: String(n),
      at: 0,
      entry: String(n),
      kind: 'all',
      context: 'all',
      question,
      vector: jittered(vector, n < vectors.length ? 0 : 0.3, random),
      expiresAt: 1e15,
      answer: { madeAt: 0, form: '', call, parts: [] },
      text: '',
    });
  }
  const addUs = ((performance.now() - startedAt) * 1000) / entries;
  const learner = cache.learner('all');
  const times: number[] = [];
  for (let n = 0; n < 3000; n++) {
    const at = Math.floor(random() * vectors.length);
    const [vector, own] = [vectors[at], traits[at]];
    if (!vector || !own) continue;
    const question = jittered(vector, 0.2, random);
    const begun = performance.now();
    const found = cache.find('all', question, own, 1);
    if (found) learner.chance(found.similarity, cache.observationsOf(found.entry));
    times.push(performance.now() - begun);
  }
  say(
    `\nlookup among ${cache.questions} questions, ms: ${quantiles(times)}; adding one: ${addUs.toFixed(0)} µs`,
  );
  const embedder = createEmbedder({ folder: model ?? '' });
  await embedder.ready();
  const embedding: number[] = [];
  for (const { text } of questions.slice(0, 300)) {
    const begun = performance.now();
    await embedder.embed([text]);
    embedding.push(performance.now() - begun);
  }
  say(`embedding of one question, ms: ${quantiles(embedding)}`);
  await embedder.close();
}

function jittered(vector: Float32Array, by: number, random: () => number): Float32Array {
  const noise = vector.map(() => random() - 0.5);
  const scale = by / Math.hypot(...noise);
  const moved = vector.map((value, d) => value + (noise[d] ?? 0) * scale);
  const norm = Math.hypot(...moved);
  return moved.map((value) => value / norm);
}

function quantiles(times: number[]): string {
  times.sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(2);
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(0.9999)}`;
}
