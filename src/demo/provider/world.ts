import { sha256 } from '../../core/secret.ts';
import type { Ask } from './ask.ts';
import { defaultScenario } from './scenario.ts';
import type { Scenario } from './scenario.ts';
import type { SimulatedWorld } from './wire.ts';

export interface WorldOptions {
  /** Answers for some requests; null falls back to the default scenario. */
  readonly script?: (ask: Ask) => Scenario | null;
  /** Provider keys that are valid; every key but `wrong…` when not given. */
  readonly keys?: readonly string[];
  /** Models that exist; every model but `no-such…` when not given. */
  readonly models?: readonly string[];
  readonly now?: () => number;
}

/** A world in which the same requests in the same order get the same answers. */
export function createWorld({ script, keys, models, now = Date.now }: WorldOptions = {}): SimulatedWorld {
  let answers = 0;
  return {
    scenario: (ask) => script?.(ask) ?? defaultScenario(ask),
    now,
    accepts: (key) => (keys ? keys.includes(key) : !key.startsWith('wrong')),
    knows: (model) => (models ? models.includes(model) : !model.startsWith('no-such')),
    id(length) {
      answers += 1;
      return sha256(`id ${answers}`).slice(0, length);
    },
  };
}
