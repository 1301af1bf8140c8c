import type { Plan } from '../../core/plan.ts';
import type { ModelAlias, PriceSettings } from '../../core/settings.ts';
import { parseTarget } from '../../core/target.ts';
import type { AliasEntry, ConfigFile } from './file-schema.ts';
import type { Findings } from './findings.ts';
import { checkProvider } from './levers/targets.ts';

/** A name that clients may ask for. Targets of unknown providers are findings. */
export function buildAlias(
  name: string,
  entry: AliasEntry,
  { providers, findings }: { readonly providers: readonly string[]; readonly findings: Findings },
  plan: Plan,
): ModelAlias {
  const targets = entry.targets.flatMap((text, index) => {
    checkProvider(text, ['targets', index], { path: ['models', name], providers, findings });
    return parseTarget(text) ?? [];
  });
  return { name, targets, strategy: plan.route.strategy, plan };
}

export function buildPrices(entry: ConfigFile['prices'], findings: Findings): PriceSettings {
  const rules = entry.rules.map((rule, index) => {
    const { match, rates = null, discount = null } = rule;
    if (rates === null && discount === null)
      findings.error(
        ['prices', 'rules', index],
        'sets no price',
        'Add "rates: { input: 2.5, output: 10 }" or "discount: 0.15".',
      );
    return { match, rates: rates && Object.fromEntries(Object.entries(rates)), discount };
  });
  return { rules };
}
