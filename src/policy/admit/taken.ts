import { type PicoUsd, picoFromUsd } from '../../core/money.ts';
import type { CallRecord } from '../../core/record.ts';
import { formatTarget } from '../../core/target.ts';
import { promptTokens } from '../../core/usage.ts';
import { nanoOf } from './amounts.ts';
import type { Entry } from './entries.ts';
import { needsTarget } from './subject.ts';

/** What a finished call took of a limit. */
export function takenOf(entry: Entry, record: CallRecord): number {
  switch (entry.unit) {
    case 'requests':
      return 1;
    case 'calls at once':
      return 0;
    case 'tokens':
      return promptTokens(record.usage) + record.usage.output;
    case 'dollars': {
      const { claim, rule, subject } = entry;
      // What has no price is counted as what was reserved for it.
      if (record.costUsd === null) return claim.amount;
      return needsTarget(rule.by)
        ? nanoOf(costAt(record, rule.by, subject))
        : nanoOf(positive(picoFromUsd(record.costUsd)));
    }
  }
}

/** The part of a call's cost that fell to one provider or model. */
function costAt(record: CallRecord, by: string, subject: string): PicoUsd {
  const own = record.target ? formatTarget(record.target) : '';
  let sum: PicoUsd = 0n;
  for (const { target = own, costUsd } of record.costParts) {
    const value = by === 'model' ? target : target.slice(0, target.indexOf('/'));
    if (value === subject) sum += picoFromUsd(costUsd);
  }
  return positive(sum);
}

function positive(pico: PicoUsd): PicoUsd {
  return pico < 0n ? 0n : pico;
}
