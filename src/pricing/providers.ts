import { ANTHROPIC_TIERS, GOOGLE_TIERS, OPENAI_TIERS, type Tiers } from './service-tiers.ts';

/** What pricing must know of a kind of provider. */
export interface ProviderPricing {
  /** Its name in the price list; null when nobody lists its prices. */
  readonly listId: string | null;
  /** Written before a model's name in its API and not in the list. */
  readonly namePrefix: string;
  readonly tiers: Tiers;
  /** Whether audio without its own rate costs as much as text: true where the list has a rate for all audio that differs. */
  readonly audioAsText: boolean;
  /** Whether generated images without their own rate cost as much as text. */
  readonly imagesAsText: boolean;
}

const PROVIDERS: ReadonlyMap<string, ProviderPricing> = new Map(
  Object.entries({
    openai: {
      listId: 'openai',
      namePrefix: '',
      tiers: OPENAI_TIERS,
      audioAsText: false,
      imagesAsText: true,
    },
    anthropic: {
      listId: 'anthropic',
      namePrefix: '',
      tiers: ANTHROPIC_TIERS,
      audioAsText: false,
      imagesAsText: false,
    },
    google: {
      listId: 'google',
      namePrefix: 'models/',
      tiers: GOOGLE_TIERS,
      audioAsText: true,
      imagesAsText: false,
    },
  }),
);

/** A server of one's own: what is configured is all that is known. */
const UNLISTED: ProviderPricing = {
  listId: null,
  namePrefix: '',
  tiers: new Map(),
  audioAsText: true,
  imagesAsText: true,
};

export function pricingOf(providerKind: string): ProviderPricing {
  return PROVIDERS.get(providerKind) ?? UNLISTED;
}

/** The model's name as the price list writes it. */
export function listName(provider: ProviderPricing, model: string): string {
  const { namePrefix } = provider;
  return namePrefix && model.startsWith(namePrefix) ? model.slice(namePrefix.length) : model;
}
