import type { Settings } from '../../core/settings.ts';

/**
 * Why these settings cannot be served by several processes, or null. A machine's time is shared out among the calls that
 * one process sees: several would each charge the whole machine, and the same hour would be paid more than once.
 */
export function machineTimeRefusal({
  providers,
  engine,
}: Pick<Settings, 'providers' | 'engine'>): string | null {
  const machines = Object.values(providers)
    .filter(({ gpu }) => gpu !== null)
    .map(({ name }) => `providers.${name}.gpu`);
  if (engine.enabled !== false && engine.machine !== null) machines.push('engine.machine');
  if (machines.length === 0) return null;
  return `${machines.join(' and ')}: machine time cannot be shared out among several workers. Serve with one worker, or price these models by prices.rules instead.`;
}
