// What is still there after compression, beside random, first and BM25 selection of the same spans under the same budgets.
//
//   npm run levers:compress -- --data FOLDER [--minilm FOLDER] [--count 100] [--skip 600] [--passages 20]
//
// FOLDER has lost-in-the-middle/, gsm8k/ and humaneval/ as their repositories have them.
import type { ProtectedKind } from '../../../src/core/plan/compress.ts';
import { type Compressed, compressTexts } from '../../../src/text/compress/index.ts';
import { baselines, type Method, ours, tokens } from './methods.ts';
import { holds, lines, retrievals } from './questions.ts';
import { header, option, row, shareOf } from './report.ts';

const data = option('data', process.env['COMPRESS_DATA'] ?? '');
const minilm = option('minilm', process.env['MINILM'] ?? '');
const count = Number(option('count', '100'));
// The first questions were used to choose the weights.
const skip = Number(option('skip', '600'));
const each = Number(option('passages', '20'));
const reductions = [2, 4, 8] as const;
if (data === '') throw new Error('name the folder of the data: --data FOLDER');

const { methods, close } = ours(minilm === '' ? null : minilm);
/** Only ours protect anything. */
const mine: ReadonlySet<Method> = new Set(methods);
const all = [...methods, ...baselines()];

async function compressed(
  text: string,
  { options }: Method,
  keepRatio: number,
  protect: readonly ProtectedKind[],
  findsQuestion: boolean,
): Promise<Compressed> {
  return await compressTexts([text], {
    keepRatio,
    model: 'gpt-4o',
    tokens,
    question: findsQuestion ? null : text.slice(-400),
    findsQuestion,
    protect: new Set(protect),
    ...options,
  });
}

async function passages(): Promise<void> {
  const questions = await retrievals(data, count, each, skip);
  process.stdout.write(
    `\nIs the answer still in the prompt? ${questions.length} questions of NaturalQuestions, ${each} passages each.\n\n`,
  );
  header(['method', ...reductions.map((times) => `${times}×`), 'tokens/s']);
  for (const method of all) {
    let before = 0;
    const begun = performance.now();
    const found: string[] = [];
    for (const times of reductions) {
      let kept = 0;
      for (const { prompt, answers } of questions) {
        const result = await compressed(prompt, method, 1 / times, ['json', 'code', 'numbers'], true);
        if (answers.some((answer) => holds(result.texts[0] ?? '', answer))) kept += 1;
        before += times === reductions[0] ? result.tokensBefore : 0;
      }
      // Vectors are kept, so that only the first reduction shows what the method takes.
      if (times === reductions[0])
        found.unshift(Math.round(before / ((performance.now() - begun) / 1000)).toString());
      found.push(shareOf(kept, questions.length));
    }
    const [speed = '', ...shares] = found;
    row([method.name, ...shares, speed]);
  }
}

interface Problem {
  readonly question: string;
}

const NUMBERS = /\p{N}+(?:[.,]\p{N}+)*/gu;

async function mathematics(): Promise<void> {
  const problems = lines<Problem>(data, 'gsm8k', 'test.first660.jsonl').slice(0, 3 * count);
  process.stdout.write(
    `\nAre all numbers still in the problem? ${problems.length} problems of GSM8K, half of the tokens.\n\n`,
  );
  header(['method', 'numbers protected: all kept', 'tokens kept', 'not protected: all kept', 'tokens kept']);
  for (const method of all) {
    const cells: string[] = [];
    for (const protect of [['numbers'], []] as const) {
      let [whole, before, after] = [0, 0, 0];
      for (const { question } of problems) {
        const result = await compressed(question, method, 0.5, protect, false);
        const left = new Set(result.texts[0]?.match(NUMBERS));
        if ((question.match(NUMBERS) ?? []).every((number) => left.has(number))) whole += 1;
        before += result.tokensBefore;
        after += result.tokensAfter;
      }
      cells.push(shareOf(whole, problems.length), `${((100 * after) / before).toFixed(1)} %`);
    }
    row([method.name, ...cells]);
  }
}

interface Task {
  readonly prompt: string;
  readonly entry_point: string;
}

async function code(): Promise<void> {
  const tasks = lines<Task>(data, 'humaneval', 'HumanEval.jsonl.gz');
  process.stdout.write(
    `\nAre the head of the function and its examples (>>>) still in the task? ${tasks.length} tasks of HumanEval, 60 % of the tokens, code allowed.\n\n`,
  );
  header(['method', 'head kept', 'examples kept', 'tokens kept']);
  for (const method of all) {
    let [heads, examples, withExamples, before, after] = [0, 0, 0, 0, 0];
    for (const { prompt, entry_point } of tasks) {
      const result = await compressed(prompt, method, 0.6, mine.has(method) ? ['examples'] : [], false);
      const left = result.texts[0] ?? '';
      const shown = prompt.match(/^\s*>>> .*$/gm) ?? [];
      if (new RegExp(`def ${entry_point}\\s*\\(`).test(left)) heads += 1;
      if (shown.length > 0) {
        withExamples += 1;
        if (shown.every((example) => left.includes(example))) examples += 1;
      }
      before += result.tokensBefore;
      after += result.tokensAfter;
    }
    row([
      method.name,
      shareOf(heads, tasks.length),
      shareOf(examples, withExamples),
      `${((100 * after) / before).toFixed(1)} %`,
    ]);
  }
}

await mathematics();
await code();
await passages();
await close();
