import { isObject } from '../../../core/json.ts';
import type { Head } from './logistic.ts';

const FORMAT = 'infinite-llm-router-1';

/** A trained router: for each target, how probable a good answer is, from the embedding of the question. */
export interface RouterModel {
  /** Length of the embeddings. */
  readonly dimensions: number;
  /** By `provider/model`. */
  readonly heads: Readonly<Record<string, Head>>;
}

export function formatRouterModel({ dimensions, heads }: RouterModel): string {
  return `${JSON.stringify({ format: FORMAT, dimensions, heads })}\n`;
}

/** @throws Error that says what is wrong with the text */
export function parseRouterModel(text: string): RouterModel {
  const model: unknown = JSON.parse(text);
  if (!isObject(model) || model['format'] !== FORMAT)
    throw new Error('it is no router model of this version; make one with `infinite-llm route train`');
  const { dimensions, heads } = model;
  if (typeof dimensions !== 'number' || !isObject(heads) || Object.keys(heads).length < 2)
    throw new Error('it names fewer than two targets');
  const parsed = Object.entries(heads).map(([name, head]) => [name, headOf(name, head, dimensions)] as const);
  return { dimensions, heads: Object.fromEntries(parsed) };
}

function headOf(name: string, head: unknown, dimensions: number): Head {
  if (isObject(head) && isFinite(head['bias']) && Array.isArray(head['weights'])) {
    const weights: readonly unknown[] = head['weights'];
    if (weights.length === dimensions && weights.every(isFinite)) return { weights, bias: head['bias'] };
  }
  throw new Error(`its head for ${name} is not ${dimensions} weights and a bias`);
}

function isFinite(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
