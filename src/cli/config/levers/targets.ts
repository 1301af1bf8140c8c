import { didYouMean } from '../../../core/nearest.ts';
import { parseTarget } from '../../../core/target.ts';
import type { PathStep } from '../locate.ts';
import type { LeverContext } from './context.ts';

/** Finds a target whose provider is not configured. @param at its path below the table that holds the section */
export function checkProvider(
  name: string,
  at: readonly PathStep[],
  context: Pick<LeverContext, 'path' | 'providers' | 'findings'>,
): void {
  const { findings, path, providers } = context;
  const provider = parseTarget(name)?.provider;
  if (provider === undefined || providers.includes(provider)) return;
  const known = providers.length > 0 ? `Configured: ${providers.join(', ')}.` : 'None are configured.';
  findings.error(
    [...path, ...at],
    `no provider is called ${JSON.stringify(provider)}`,
    didYouMean(provider, providers) || known,
  );
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The fields that a section gives. */
export function given<T extends object>(entry: T | undefined): Partial<Defined<T>> {
  const fields = Object.entries(entry ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields) as Partial<Defined<T>>;
}
