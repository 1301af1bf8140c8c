/** Who answers: a configured provider and that provider's name for a model. */
export interface Target {
  readonly provider: string;
  readonly model: string;
}

export function formatTarget(target: Target): string {
  return `${target.provider}/${target.model}`;
}

/** Splits `provider/model`; the model may contain slashes. Null when there is no provider part. */
export function parseTarget(name: string): Target | null {
  const slash = name.indexOf('/');
  if (slash <= 0 || slash === name.length - 1) return null;
  return { provider: name.slice(0, slash), model: name.slice(slash + 1) };
}
