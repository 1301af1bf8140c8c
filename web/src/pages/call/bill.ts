import type { CallRecord, RecordedCostPart, UsageKind } from '../../api/types.ts';
import { formatMs } from '../../format/duration.ts';
import { exactUsd, picoFromUsd, sumUsd, type PicoUsd } from '../../format/money.ts';
import { formatCount } from '../../format/number.ts';

const KIND_NAMES: Record<UsageKind, string> = {
  input: 'Input',
  cacheRead: 'Input from cache',
  cacheWrite5m: 'Written to cache, 5 min',
  cacheWrite1h: 'Written to cache, 1 h',
  output: 'Output',
  reasoning: 'Reasoning',
  inputAudio: 'Audio input',
  inputImage: 'Image input',
  cacheReadAudio: 'Audio from cache',
  outputAudio: 'Audio output',
  outputImage: 'Image output',
  webSearches: 'Web searches',
  fileSearches: 'File searches',
};

const NAMES = new Map([...Object.entries(KIND_NAMES), ['gpu', 'GPU time'], ['adjustment', 'Adjustment']]);

export function kindName(kind: string): string {
  return NAMES.get(kind) ?? kind;
}

/** `812 tokens`, `3 searches`, or GPU time, in the unit it is billed in. */
export function unitsText({ units, per }: RecordedCostPart): string {
  return per === 'hour' ? formatMs(units) : formatCount(units);
}

const PER_TEXT: Record<RecordedCostPart['per'], string> = {
  'million-tokens': 'per million',
  thousand: 'per thousand',
  hour: 'per GPU hour',
};

export function rateText({ rateUsd, per }: RecordedCostPart): string {
  return `${exactUsd(picoFromUsd(rateUsd))} ${PER_TEXT[per]}`;
}

/** What the lines leave unexplained of the total: rounding, or an older row's missing lines. */
export function unexplained({ costUsd, costParts }: CallRecord): PicoUsd {
  return costUsd === null ? 0n : picoFromUsd(costUsd) - sumUsd(costParts.map((part) => part.costUsd));
}
