import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { Command, InvalidArgumentError, Option } from 'commander';
import { isCallError } from '../../core/errors.ts';
import { messageOf } from '../../core/message-of.ts';
import { NO_COMPRESS, type ProtectedKind } from '../../core/plan/compress.ts';
import {
  type Compressed,
  compressTexts,
  compressWords,
  embeddingScorer,
  lexicalScorer,
  openedWordModel,
  type Scorer,
} from '../../text/compress/index.ts';
import { createEmbedder } from '../../text/embed/index.ts';
import { createTokenCounter } from '../../text/index.ts';
import { modelsDir } from '../../text/models/index.ts';
import { Failure } from '../failure.ts';
import type { Io } from '../io.ts';
import { whole } from '../output/amounts.ts';

interface Options {
  readonly keep?: number;
  readonly reduce?: number;
  readonly question?: string;
  readonly model: string;
  readonly scorer: Scorer['name'];
  readonly llmlingua2?: string;
  readonly allow: readonly string[];
  readonly dir?: string;
  readonly json?: boolean;
}

const ALLOWED = ['json', 'code', 'examples', 'numbers'] as const;
const MOST_BYTES = 20_000_000;

export function compressCommand(io: Io): Command {
  const command = new Command('compress')
    .summary('leave out of a text what matters least')
    .description(
      'Shortens a text to a share of its tokens, as the lever "compress" does for calls. Needs no gateway. The shorter text goes to standard output, what was done to standard error.',
    )
    .argument('[file]', 'the text; standard input without one, or for "-"', '-')
    .addOption(
      new Option('-k, --keep <share>', 'share of the tokens to keep, such as 0.5 (the default)')
        .argParser(share(false))
        .conflicts('reduce'),
    )
    .option('-r, --reduce <share>', 'share of the tokens to leave out instead, such as 0.4', share(true))
    .option('-q, --question <text>', 'what the text is to answer')
    .option('-m, --model <model>', 'whose tokens count', 'gpt-4o')
    .addOption(
      new Option('--scorer <scorer>', 'judge by meaning (needs "models pull minilm") or by words')
        .choices(['embedding', 'lexical'])
        .default('embedding'),
    )
    .option(
      '--llmlingua2 <folder>',
      'leave out single words instead of sentences, by the model in this folder',
    )
    .addOption(
      new Option('--allow <kinds...>', 'may be left out too, and is not by default')
        .choices(ALLOWED)
        .default([]),
    )
    .option('--dir <dir>', 'where models are (INFINITE_LLM_MODELS, else ./infinite-llm-data/models)')
    .option('--json', 'print JSON for programs');
  command.addHelpText(
    'after',
    `
Examples:
  infinite-llm compress report.md --keep 0.5 --question "What did the harbour cost?" --model gpt-4o
  pdftotext paper.pdf - | infinite-llm compress --reduce 0.4 > shorter.txt
  infinite-llm compress module.py --keep 0.6 --allow code --scorer lexical`,
  );
  return command.action(async (file: string, options: Options) => {
    const given = await input(file);
    const compressed = await compress(io, given, options);
    const { texts, ...facts } = compressed;
    const [text = ''] = texts;
    if (options.json) {
      io.out(`${JSON.stringify({ text, ...facts, model: options.model, ...methodOf(options) }, null, 2)}\n`);
      return;
    }
    io.out(text);
    io.err(`${text.endsWith('\n') || !io.interactive ? '' : '\n'}${described(compressed, options)}\n`);
  });
}

async function compress(io: Io, given: string, options: Options): Promise<Compressed> {
  const { keep, reduce, question, model, scorer, llmlingua2, allow, dir } = options;
  const models = modelsDir(dir === undefined ? io.env : { INFINITE_LLM_MODELS: dir });
  const tokens = createTokenCounter();
  const embedder = createEmbedder({ folder: join(models, 'minilm') });
  try {
    const wanted = {
      keepRatio: keep ?? (reduce === undefined ? 0.5 : 1 - reduce),
      model,
      tokens,
      question: question ?? null,
      // Without --question, the whole text may be left out but for what is protected.
      findsQuestion: false,
      protect: new Set(NO_COMPRESS.protect.filter((kind: ProtectedKind) => !allow.includes(kind))),
      signal: io.signal,
    };
    if (llmlingua2 !== undefined)
      return await compressWords([given], { ...wanted, words: await openedWordModel(llmlingua2) });
    return await compressTexts([given], {
      ...wanted,
      scorer: scorer === 'lexical' ? lexicalScorer : embeddingScorer(embedder),
    });
  } catch (error) {
    if (!isCallError(error)) throw error;
    const hint =
      error.code === 'not_ready' && llmlingua2 === undefined ? ' Or judge by words: --scorer lexical.' : '';
    throw new Failure(`${error.message}${hint}`, { cause: error });
  } finally {
    await Promise.all([tokens.close(), embedder.close()]);
  }
}

async function input(file: string): Promise<string> {
  const read = file === '-' ? readAll(process.stdin) : readFile(file, 'utf8');
  const text = await read.catch((cause: unknown) => {
    throw new Failure(`${file} cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  });
  if (Buffer.byteLength(text) > MOST_BYTES)
    throw new Failure(`The text is longer than ${whole(MOST_BYTES)} bytes. Split it.`);
  return text;
}

function methodOf({ scorer, llmlingua2 }: Options): Readonly<Record<string, string>> {
  return llmlingua2 === undefined ? { method: 'extractive', scorer } : { method: 'llmlingua2' };
}

function described(result: Compressed, { model }: Options): string {
  const { tokensBefore, tokensAfter, exact, kept, spans, protectedTokens } = result;
  const share = tokensBefore === 0 ? 100 : (100 * tokensAfter) / tokensBefore;
  const held = Object.entries(protectedTokens).map(([reason, tokens]) => `${whole(tokens)} of ${reason}`);
  return [
    `${whole(tokensAfter)} of ${whole(tokensBefore)} tokens kept (${share.toFixed(1)} %), ${whole(kept)} of ${whole(spans)} spans`,
    ...(held.length > 0 ? [`always kept: ${held.join(', ')} tokens`] : []),
    ...(exact ? [] : [`the tokenizer of ${model} is not public: counted with another`]),
  ].join('; ');
}

function share(ofLeftOut: boolean): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value <= 1 && value >= 0 && (ofLeftOut ? value < 1 : value > 0)) return value;
    throw new InvalidArgumentError(
      ofLeftOut ? 'It must be at least 0 and below 1.' : 'It must be above 0 and at most 1.',
    );
  };
}
