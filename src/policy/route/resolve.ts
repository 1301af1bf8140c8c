import { CallError } from '../../core/errors.ts';
import { didYouMean } from '../../core/nearest.ts';
import type { ProviderSettings, Settings } from '../../core/settings.ts';
import { parseTarget, type Target } from '../../core/target.ts';

/** What the kinds of providers are known to offer. */
export interface Catalog {
  /** Whether a model of this name belongs to providers of this kind. */
  readonly ownsModel: (kind: string, model: string) => boolean;
  /** Whether a provider of this kind may offer a model of any name. */
  readonly servesAnyModel: (kind: string) => boolean;
  /** Names to suggest when a client asks for one that does not exist. */
  readonly knownModels: (kind: string) => readonly string[];
}

export type RouteSettings = Pick<Settings, 'providers' | 'models'>;

/** Who may answer, in the order to be asked, and how that was found. */
export interface Resolved {
  readonly targets: readonly Target[];
  readonly why: string;
}

/**
 * Finds who answers to a model's name: an alias, `provider/model`, or a bare name that a provider lists or owns.
 * @throws CallError `model_not_found` with the nearest names
 */
export function resolve(name: string, settings: RouteSettings, catalog: Catalog): Resolved {
  const alias = Object.hasOwn(settings.models, name) ? settings.models[name] : undefined;
  if (alias && alias.targets.length > 0) return { targets: alias.targets, why: `${name} is an alias` };
  const given = parseTarget(name);
  if (given && Object.hasOwn(settings.providers, given.provider))
    return { targets: [given], why: 'the client named the provider' };
  const providers = Object.values(settings.providers);
  const listing = providers.filter(({ models }) => models.includes(name));
  if (listing.length > 0) return { targets: onEach(listing, name), why: `${names(listing)} lists ${name}` };
  const owning = providers.filter(({ kind }) => catalog.ownsModel(kind, name));
  if (owning.length > 0)
    return { targets: onEach(owning, name), why: `${name} is a model of ${names(owning)}` };
  // A self-hosted server that does not say what it serves may serve this.
  const open = providers.filter(({ kind, models }) => models.length === 0 && catalog.servesAnyModel(kind));
  const [only] = open;
  if (only && open.length === 1)
    return { targets: onEach(open, name), why: `${only.name} is the one provider that may serve any model` };
  throw unknownModel(name, settings, catalog, providers);
}

function onEach(providers: readonly ProviderSettings[], model: string): Target[] {
  return providers.map(({ name }) => ({ provider: name, model }));
}

function names(providers: readonly ProviderSettings[]): string {
  return providers.map(({ name }) => name).join(', ');
}

function unknownModel(
  name: string,
  settings: RouteSettings,
  catalog: Catalog,
  providers: readonly ProviderSettings[],
): CallError {
  const known = [
    ...Object.keys(settings.models),
    ...providers.flatMap(({ models, kind }) => [...models, ...catalog.knownModels(kind)]),
  ];
  const shown = JSON.stringify(name.slice(0, 200));
  const advice =
    providers.length === 0
      ? 'No provider is configured: set OPENAI_API_KEY or the like, or add one to infinite-llm.yaml.'
      : `GET /v1/models lists the names; "provider/model" reaches any model of ${names(providers)}.`;
  const parts = [`The model ${shown} does not exist here.`, didYouMean(name, known), advice];
  return new CallError('model_not_found', parts.filter((part) => part !== '').join(' '), { param: 'model' });
}
