/** What the configuration must know of a kind of provider. */
export interface ProviderKindInfo {
  readonly kind: string;
  /** Null when every server of the kind has its own. */
  readonly defaultBaseUrl: string | null;
  /** Environment variables that hold a key by convention, the preferred one first. */
  readonly envKeys: readonly string[];
}
