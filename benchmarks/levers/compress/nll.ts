// How much likelier or unlikelier a local model finds the right answer when the prompt was compressed: the mean negative
// log-likelihood, in nats a token, of the gold answer behind the whole prompt and behind shorter ones.
//
//   infinite-llm engine serve --model MODEL.gguf --http 127.0.0.1:9100
//   npm run levers:compress:nll -- --data FOLDER --minilm FOLDER --url http://127.0.0.1:9100 --model NAME [--count 16] [--documents 8] [--methods embedding,random]
import { compressTexts } from '../../../src/text/compress/index.ts';
import { baselines, ours, tokens } from './methods.ts';
import { type Retrieval, retrievals } from './questions.ts';
import { header, option, row } from './report.ts';

const data = option('data', process.env['COMPRESS_DATA'] ?? '');
const minilm = option('minilm', process.env['MINILM'] ?? '');
const url = option('url', 'http://127.0.0.1:9100');
const model = option('model', '');
const count = Number(option('count', '16'));
const documents = Number(option('documents', '8'));
const only = option('methods', 'embedding,lexical,bm25,first,random').split(',');
const reductions = [2, 4, 8] as const;

interface Scored {
  readonly choices: readonly [
    { readonly logprobs: { readonly text_offset: number[]; readonly token_logprobs: (number | null)[] } },
  ];
}

/** Nats a token of the answer. */
async function nll(prompt: string, answer: string): Promise<number> {
  const response = await fetch(`${url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      prompt: `${prompt} ${answer}`,
      echo: true,
      logprobs: 1,
      max_tokens: 1,
      temperature: 0,
    }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  const { choices } = (await response.json()) as Scored;
  const { text_offset: offsets, token_logprobs: scores } = choices[0].logprobs;
  const [from, to] = [prompt.length, prompt.length + 1 + answer.length];
  const own = scores.flatMap((score, at) => {
    const offset = offsets[at] ?? 0;
    return score !== null && offset >= from && offset < to ? [score] : [];
  });
  return -own.reduce((sum, score) => sum + score, 0) / own.length;
}

const { methods, close } = ours(minilm === '' ? null : minilm);
const questions = await retrievals(data, count, documents, 600);
const answerOf = ({ answers }: Retrieval): string => answers[0] ?? '';
const whole: number[] = [];
for (const question of questions) whole.push(await nll(question.prompt, answerOf(question)));
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
process.stdout.write(
  `${questions.length} questions of NaturalQuestions, ${documents} passages each. Behind the whole prompt: ${mean(whole).toFixed(3)} nats a token.\nChange behind the compressed prompt, mean ± standard error:\n\n`,
);
header(['method', ...reductions.map((times) => `${times}×`)]);
for (const { name, options } of [...methods, ...baselines()].filter((method) => only.includes(method.name))) {
  const cells: string[] = [];
  for (const times of reductions) {
    const changes: number[] = [];
    for (const [at, question] of questions.entries()) {
      const { texts } = await compressTexts([question.prompt], {
        keepRatio: 1 / times,
        model: 'gpt-4o',
        tokens,
        question: null,
        findsQuestion: true,
        protect: new Set(['json', 'code', 'numbers']),
        ...options,
      });
      changes.push((await nll(texts[0] ?? '', answerOf(question))) - (whole[at] ?? 0));
    }
    const average = mean(changes);
    const deviation = Math.sqrt(mean(changes.map((change) => (change - average) ** 2)));
    const error = deviation / Math.sqrt(Math.max(1, changes.length - 1));
    cells.push(`${average >= 0 ? '+' : ''}${average.toFixed(3)} ± ${error.toFixed(3)}`);
  }
  row([name, ...cells]);
}
await close();
