// What examples are worth to a small model: headlines on gold, labelled up, down, neutral or none, asked of a model of
// this machine without examples and with the nearest of rated calls. The rated calls were answered with the labels
// that people gave. All of it goes through the whole program: calls, ledger, feedback, embeddings. See README.md.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values: given } = parseArgs({
  options: {
    headlines: { type: 'string' },
    model: { type: 'string' },
    models: { type: 'string' },
    rated: { type: 'string', default: '300' },
    asked: { type: 'string', default: '150' },
    numbers: { type: 'string', default: '2,4' },
    program: { type: 'string', default: 'bin/infinite-llm.mjs' },
  },
});
const file = given.headlines ?? process.env['HEADLINES'];
const gguf = given.model ?? process.env['INFINITE_LLM_TEST_MODEL'];
const models = given.models ?? process.env['INFINITE_LLM_MODELS'];
if (file === undefined || gguf === undefined || models === undefined) {
  process.stderr.write(
    'Say where things are: --headlines FILE.csv --model FILE.gguf --models FOLDER_WITH_MINILM\n',
  );
  process.exit(1);
}

const LABELS = ['up', 'down', 'neutral', 'none'] as const;
type Label = (typeof LABELS)[number];
interface Headline {
  readonly text: string;
  readonly label: Label;
}
interface Decision {
  readonly stage: string;
  /** Since the call arrived. */
  readonly atMs: number;
  readonly details?: {
    readonly addedTokens?: number;
    readonly examples?: readonly { readonly similarity: number }[];
  };
}

const SYSTEM =
  'What does the headline say of the price of gold? Answer with one word: up, down, neutral (it stays) or none (it says nothing of the price).';
const AT_ONCE = 4;

const all = headlinesIn(readFileSync(file, 'utf8'));
const rated = all.slice(0, Number(given.rated));
const asked = all.slice(rated.length, rated.length + Number(given.asked));
const labels = new Map(all.map(({ text, label }) => [text, label]));

const people = createServer((req, res) => {
  let body = '';
  req.on('data', (chunk: Buffer) => (body += chunk.toString()));
  req.on('end', () => {
    const { messages } = JSON.parse(body) as { messages: { content: string }[] };
    const content = labels.get(messages.at(-1)?.content ?? '') ?? 'none';
    const message = { role: 'assistant', content };
    const usage = { prompt_tokens: 50, completion_tokens: 1, total_tokens: 51 };
    const answer = { id: 'x', object: 'chat.completion', created: 1, model: 'gold', usage };
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify({ ...answer, choices: [{ index: 0, message, finish_reason: 'stop' }] }));
  });
});
await new Promise<void>((resolve) => void people.listen(0, '127.0.0.1', resolve));
const directory = mkdtempSync(join(tmpdir(), 'examples-'));
const numbers = given.numbers.split(',').map(Number);
const name = (gguf.split('/').at(-1) ?? '').replace(/\.gguf$/, '');
const target = `local/${name}`;
const withExamples = (number: number) => ({
  targets: [target],
  ground: { examples: { number, same: 'task', minSimilarity: 0.3 } },
});
writeFileSync(
  join(directory, 'infinite-llm.yaml'),
  JSON.stringify({
    providers: {
      people: {
        kind: 'openai-compatible',
        baseUrl: `http://127.0.0.1:${(people.address() as AddressInfo).port}/v1`,
      },
    },
    store: { bodies: true },
    engine: { models: [gguf] },
    models: {
      people: { targets: ['people/gold'], ground: { examples: { same: 'task' } } },
      without: { targets: [target] },
      ...Object.fromEntries(numbers.map((number) => [`with-${number}`, withExamples(number)])),
    },
  }),
);
const program = spawn(
  process.execPath,
  [
    given.program,
    'serve',
    '--config',
    join(directory, 'infinite-llm.yaml'),
    '--port',
    '0',
    '--data',
    join(directory, 'data'),
  ],
  { env: { ...process.env, NO_COLOR: '1', INFINITE_LLM_MODELS: models }, stdio: ['ignore', 'pipe', 'pipe'] },
);
let printed = '';
for (const stream of [program.stdout, program.stderr])
  stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
try {
  await measure(await started());
} finally {
  program.kill();
  people.close();
  await pause(1_000);
  rmSync(directory, { recursive: true, force: true });
}

async function measure(origin: string): Promise<void> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  let kept = 0;
  await each(rated, async ({ text }) => {
    const { id } = await ask(origin, 'people', text);
    const { example } = (await api(origin, '/feedback', { callId: id, score: 1 })) as {
      example: { kept: boolean };
    };
    kept += Number(example.kept);
  });
  say(`${kept} of ${rated.length} rated calls are examples; ${asked.length} headlines are asked`);
  const most = Math.max(...LABELS.map((label) => asked.filter((each) => each.label === label).length));
  say(`the most frequent label: ${percent(most, asked.length)}`);
  say(
    'examples | right | got examples | tokens added, mean | similarity of the nearest, median | ms until they are chosen, median',
  );
  const ways = [
    { name: 'without', alias: 'without', drawn: 0 },
    ...numbers.flatMap((number) => [
      { name: `${number} at random`, alias: 'without', drawn: number },
      { name: `the nearest ${number}`, alias: `with-${number}`, drawn: 0 },
    ]),
  ];
  for (const { name, alias, drawn } of ways) {
    let right = 0;
    const decisions: Decision[] = [];
    await each(asked, async ({ text, label }) => {
      const { id, answer } = await ask(origin, alias, text, drawnTurns(text, drawn));
      right += Number(answer === label);
      decisions.push(...(await decisionsOn(origin, id)));
    });
    const given = decisions.filter(({ details }) => details?.examples !== undefined);
    const tokens = given.reduce((sum, { details }) => sum + (details?.addedTokens ?? 0), 0);
    say(
      [
        name,
        percent(right, asked.length),
        percent(given.length, asked.length),
        (tokens / Math.max(1, given.length)).toFixed(0),
        median(given.map(({ details }) => details?.examples?.[0]?.similarity ?? 0)).toFixed(2),
        median(given.map(({ atMs }) => atMs)).toFixed(1),
      ].join(' | '),
    );
  }
}

/** Rated calls put before the question as the lever does it, but any of them; the same ones at each run. */
function drawnTurns(text: string, number: number): object[] {
  return Array.from({ length: number }, (_, at) => {
    const drawn = createHash('sha256').update(`${text} ${at}`).digest().readUInt32LE() % rated.length;
    const { text: question = '', label = 'none' } = rated[drawn] ?? {};
    return [
      { role: 'user', content: `An example from another conversation:\n\n${question}` },
      { role: 'assistant', content: label },
    ];
  }).flat();
}

async function ask(
  origin: string,
  model: string,
  text: string,
  before: readonly object[] = [],
): Promise<{ id: string; answer: string }> {
  const response = await fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-illm-task': 'headlines' },
    body: JSON.stringify({
      model,
      temperature: 0,
      max_tokens: 6,
      messages: [{ role: 'system', content: SYSTEM }, ...before, { role: 'user', content: text }],
    }),
  });
  const body = (await response.json()) as { choices?: { message: { content: string } }[] };
  const said = body.choices?.[0]?.message.content;
  if (said === undefined) throw new Error(`${model}: ${JSON.stringify(body)}`);
  return {
    id: response.headers.get('x-illm-call-id') ?? '',
    answer: /[a-z]+/i.exec(said)?.[0].toLowerCase() ?? '',
  };
}

/** Of the stage that gives examples; the row comes into the store a little after the answer. */
async function decisionsOn(origin: string, id: string): Promise<readonly Decision[]> {
  for (let tried = 0; tried < 100; tried++) {
    const response = await fetch(`${origin}/api/v1/calls/${id}`);
    if (response.ok) {
      const { decisions } = (await response.json()) as { decisions: readonly Decision[] };
      return decisions.filter(({ stage }) => stage === 'ground');
    }
    await pause(100);
  }
  throw new Error(`no row of ${id}`);
}

async function api(origin: string, path: string, body: object): Promise<unknown> {
  const response = await fetch(`${origin}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  return await response.json();
}

async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function started(): Promise<string> {
  for (let tried = 0; tried < 1_200; tried++) {
    const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0];
    if (origin !== undefined && (await fetch(`${origin}/readyz`).catch(() => null))?.ok === true)
      return origin;
    if (program.exitCode !== null) break;
    await pause(100);
  }
  throw new Error(`the program did not become ready:\n${printed}`);
}

function headlinesIn(csv: string): Headline[] {
  return [...csv.matchAll(/"Q: ([^"\n]+)\nA:",(up|down|neutral|none),/g)].map(([, text = '', label]) => ({
    text: text.trim(),
    label: label as Label,
  }));
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
