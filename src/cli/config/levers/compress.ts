import { resolve } from 'node:path';
import { z } from 'zod';
import {
  type CompressGuard,
  type CompressSettings,
  NO_COMPRESS,
  PROTECTED_KINDS,
  TASK_CLASSES,
  USUAL_GUARD,
} from '../../../core/plan/compress.ts';
import { decimal, duration } from '../amounts.ts';
import type { LeverContext } from './context.ts';

const keepRatio = z
  .number()
  .gt(0, 'must keep something: above 0')
  .max(1, 'must be at most 1')
  .describe('Share of the tokens to keep, by the tokenizer of the target model: 0.6 keeps 60 %.');
const targetReduction = z
  .number()
  .min(0)
  .lt(1, 'must keep something: below 1')
  .describe('Share of the tokens to leave out: 0.4 is the same as keepRatio 0.6.');
const share = z.number().min(0).max(1);

const guard = z
  .strictObject({
    share: share
      .optional()
      .describe('Share of the compressed calls that are run both ways; 0.02 by default.'),
    minSimilarity: share
      .optional()
      .describe('Answers at least as similar as this count as the same; 0.9 by default.'),
    mostDiffering: z
      .number()
      .gt(0)
      .max(0.5)
      .optional()
      .describe('Share of differing answers that is accepted; 0.1 by default.'),
    falseAlarmEvery: z
      .number()
      .int()
      .min(10)
      .max(1_000_000)
      .optional()
      .describe(
        'While no more than that differ, the guard steps in by mistake less than once in so many comparisons; 1000 by default.',
      ),
  })
  .describe(
    'Runs a share of the calls both ways, in the background and at your cost, and stops compressing a class of tasks whose answers differ. Left out, there is no guard.',
  );

/** The section `compress`, for all calls or for those of one alias. Every field may be left out. */
export const compressSection = z
  .strictObject({
    enabled: z.boolean().optional().describe('Off by default.'),
    method: z
      .enum(['extractive', 'llmlingua2'])
      .optional()
      .describe('extractive keeps whole sentences; llmlingua2 keeps words and needs a model.'),
    model: z
      .string()
      .min(1)
      .optional()
      .describe('Folder of the LLMLingua-2 model: config.json, tokenizer.json and an ONNX file.'),
    scorer: z
      .enum(['embedding', 'lexical'])
      .optional()
      .describe(
        'embedding judges by meaning and needs `infinite-llm models pull minilm`; lexical judges by words.',
      ),
    keepRatio: keepRatio.optional(),
    targetReduction: targetReduction.optional(),
    classes: z
      .partialRecord(z.enum(TASK_CLASSES), z.union([keepRatio, z.literal(false)]))
      .optional()
      .describe(
        'Share to keep by class of task, or false. Mathematics is left alone unless it is named here.',
      ),
    task: z
      .enum(TASK_CLASSES)
      .optional()
      .describe('The class of all these calls; the header x-illm-task wins. Left out, rules tell it.'),
    protect: z
      .array(z.enum(PROTECTED_KINDS))
      .optional()
      .describe('What is never left out, besides the question, calls of tools and media.'),
    minTokens: z
      .number()
      .int()
      .min(0)
      .optional()
      .describe('Messages with fewer tokens stay as they are; 300 by default.'),
    maxTime: duration
      .optional()
      .describe('Longest time to compress a call; then it is sent as it is. 5s by default.'),
    machineHourlyUsd: decimal
      .optional()
      .describe('What the machine of the gateway costs an hour: its time is then booked on the call.'),
    guard: guard.optional(),
  })
  .describe('Leaves out of long prompts what matters least.');

export type CompressEntry = z.output<typeof compressSection>;

/** The alias's fields win over those for all calls. */
export function buildCompress(
  all: CompressEntry | undefined,
  alias: CompressEntry | undefined,
  { path, baseDir, findings }: LeverContext,
): CompressSettings {
  const own = alias ?? (path.length === 0 ? all : undefined);
  if (
    own?.keepRatio !== undefined &&
    own.targetReduction !== undefined &&
    !agree(own.keepRatio, own.targetReduction)
  )
    findings.error(
      [...path, 'compress', 'targetReduction'],
      `contradicts keepRatio: ${own.keepRatio}, which leaves out ${percent(1 - own.keepRatio)} of the tokens`,
      'Say one of them.',
    );
  const given = { ...all, ...alias };
  const model = given.model === undefined ? NO_COMPRESS.model : resolve(baseDir, given.model);
  if (own && given.enabled && given.method === 'llmlingua2' && model === null)
    findings.error(
      [...path, 'compress', 'method'],
      'needs a model',
      'Add "model: FOLDER" with config.json, tokenizer.json and model.onnx of an LLMLingua-2 model.',
    );
  const classes = Object.entries({ ...all?.classes, ...alias?.classes }).map(([name, keep]) => [
    name,
    keep === false ? 1 : keep,
  ]);
  return {
    enabled: given.enabled ?? NO_COMPRESS.enabled,
    method: given.method ?? NO_COMPRESS.method,
    model,
    scorer: given.scorer ?? NO_COMPRESS.scorer,
    keepRatio: keepOf(alias) ?? keepOf(all) ?? NO_COMPRESS.keepRatio,
    classes: Object.fromEntries(classes) as CompressSettings['classes'],
    task: given.task ?? NO_COMPRESS.task,
    protect: given.protect ?? NO_COMPRESS.protect,
    minTokens: given.minTokens ?? NO_COMPRESS.minTokens,
    maxMs: given.maxTime ?? NO_COMPRESS.maxMs,
    machineHourlyUsd: given.machineHourlyUsd ?? NO_COMPRESS.machineHourlyUsd,
    guard: guardOf(all?.guard, alias?.guard),
  };
}

function guardOf(all: CompressEntry['guard'], alias: CompressEntry['guard']): CompressGuard | null {
  if (!all && !alias) return null;
  const field = <Name extends keyof CompressGuard>(name: Name): CompressGuard[Name] =>
    alias?.[name] ?? all?.[name] ?? USUAL_GUARD[name];
  const share = field('share');
  if (share === 0) return null;
  return {
    share,
    minSimilarity: field('minSimilarity'),
    mostDiffering: field('mostDiffering'),
    falseAlarmEvery: field('falseAlarmEvery'),
  };
}

function keepOf(entry: CompressEntry | undefined): number | null {
  if (entry?.keepRatio !== undefined) return entry.keepRatio;
  return entry?.targetReduction === undefined ? null : rounded(1 - entry.targetReduction);
}

function agree(keep: number, reduction: number): boolean {
  return rounded(keep + reduction) === 1;
}

/** Without the noise of binary fractions: 1 − 0.4 is 0.6. */
function rounded(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}

function percent(share: number): string {
  return `${rounded(share * 100)} %`;
}
