/**
 * How well an answer's likelihood tells right from wrong. Asks a chat server that tells log-probabilities
 * (`infinite-llm engine serve`, say) questions on a text that holds the answer: `NQ` is nq-open-oracle.jsonl.gz of
 * nelson-liu/lost-in-the-middle. An answer is right when it contains one of the expected ones. Prints the area under the
 * ROC curve with a bootstrapped interval, and what a cascade would keep at several limits.
 *
 *     NQ=… BASE_URL=http://127.0.0.1:9200/v1 MODEL=smollm2-135m-instruct QUESTIONS=300 npm run levers:likelihood
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import type { JsonObject } from '../../src/core/json.ts';
import { openaiChat } from '../../src/dialects/openai-chat/index.ts';
import { textOf } from '../../src/policy/route/cascade/confidence.ts';
import { likelihoodOf } from '../../src/policy/route/cascade/likelihood.ts';

const QUESTIONS = Number(process.env['QUESTIONS'] ?? 300);
const AT_ONCE = Number(process.env['AT_ONCE'] ?? 4);
const ROUNDS = 2_000;

interface Question {
  readonly question: string;
  readonly answers: readonly string[];
  readonly ctxs: readonly { readonly text: string }[];
}

interface Outcome {
  readonly right: boolean;
  readonly mean: number;
  readonly least: number;
}

function needed(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`Set ${name}; see the head of this file.`);
  return value;
}

async function questions(): Promise<Question[]> {
  const file = createReadStream(needed('NQ'));
  const found: Question[] = [];
  for await (const line of createInterface({ input: file.pipe(createGunzip()) })) {
    found.push(JSON.parse(line) as Question);
    if (found.length === QUESTIONS) break;
  }
  return found;
}

async function ask({ question, answers, ctxs }: Question): Promise<Outcome | null> {
  const content = `${ctxs[0]?.text ?? ''}\n\nQuestion: ${question}?\nAnswer in a few words.`;
  const response = await fetch(`${needed('BASE_URL')}/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${process.env['API_KEY'] ?? 'none'}`,
    },
    body: JSON.stringify({
      model: needed('MODEL'),
      messages: [{ role: 'user', content }],
      temperature: 0,
      max_tokens: 32,
      logprobs: true,
    }),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  const answer = openaiChat.generate?.parseResponse((await response.json()) as JsonObject);
  const likelihood = answer && likelihoodOf(answer);
  if (!likelihood || likelihood.least === null) return null;
  const said = plain(textOf(answer));
  const right = answers.some((expected) => said.includes(plain(expected)));
  return { right, mean: likelihood.mean, least: likelihood.least };
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N} ]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Share of pairs, one right and one wrong, of which the right one is more likely; ties count half. */
function auroc(outcomes: readonly Outcome[], by: 'mean' | 'least'): number {
  const sorted = outcomes.toSorted((a, b) => a[by] - b[by]);
  let ranks = 0;
  let rights = 0;
  for (let from = 0; from < sorted.length; ) {
    let to = from;
    while (to < sorted.length && sorted[to]?.[by] === sorted[from]?.[by]) to++;
    const tied = sorted.slice(from, to).filter(({ right }) => right).length;
    ranks += (tied * (from + 1 + to)) / 2;
    rights += tied;
    from = to;
  }
  return (ranks - (rights * (rights + 1)) / 2) / (rights * (sorted.length - rights));
}

/** The middle 95 % of what samples with replacement give; a fixed seed. */
function interval(outcomes: readonly Outcome[], by: 'mean' | 'least'): readonly [number, number] {
  let seed = 1;
  const random = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const found = Array.from({ length: ROUNDS }, () =>
    auroc(
      outcomes.map((outcome) => outcomes[Math.floor(random() * outcomes.length)] ?? outcome),
      by,
    ),
  ).sort((a, b) => a - b);
  return [found[Math.floor(0.025 * ROUNDS)] ?? 0, found[Math.floor(0.975 * ROUNDS)] ?? 1];
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
}

const all = await questions();
const outcomes: Outcome[] = [];
let unmeasured = 0;
let next = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let question = all[next++]; question; question = all[next++]) {
      const outcome = await ask(question);
      if (outcome) outcomes.push(outcome);
      else unmeasured += 1;
      if ((outcomes.length + unmeasured) % 50 === 0) console.error(outcomes.length + unmeasured);
    }
  }),
);
// The order of arrival is luck: the same outcomes give the same interval.
outcomes.sort((a, b) => a.mean - b.mean || a.least - b.least);
const rights = outcomes.filter(({ right }) => right).length;
console.log(
  `${needed('MODEL')}: ${outcomes.length} answers (${unmeasured} unmeasured), ${percent(rights, outcomes.length)} right\n`,
);
for (const by of ['mean', 'least'] as const) {
  const [low, high] = interval(outcomes, by);
  console.log(
    `AUROC by ${by} log-probability: ${auroc(outcomes, by).toFixed(3)}, 95 % interval ${low.toFixed(3)} to ${high.toFixed(3)}`,
  );
}
console.log(
  '\n| escalated | limit of the mean | right among the kept | right among the escalated |\n|--:|--:|--:|--:|',
);
for (const share of [0.25, 0.5, 0.75]) {
  const escalated = outcomes.slice(0, Math.round(share * outcomes.length));
  const kept = outcomes.slice(escalated.length);
  const count = (some: readonly Outcome[]): number => some.filter(({ right }) => right).length;
  console.log(
    `| ${percent(escalated.length, outcomes.length)} | ${kept[0]?.mean.toFixed(3)} | ${percent(count(kept), kept.length)} | ${percent(count(escalated), escalated.length)} |`,
  );
}
