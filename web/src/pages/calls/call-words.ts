import type { CallView } from '../../api/types.ts';

/** The name asked for, when it says more than the target does: an alias, or another model than the one that answered. */
export function askedFor({ requestedModel, target }: CallView): string | null {
  if (!target) return requestedModel;
  const same = requestedModel === target.model || requestedModel === `${target.provider}/${target.model}`;
  return same ? null : requestedModel;
}

/** `team / user`, what of it is known. */
export function owner({ team, user }: CallView): string {
  return [team, user].filter((one) => one !== null).join(' / ');
}

export function tagTexts(tags: CallView['tags']): readonly string[] {
  return Object.entries(tags).map(([name, value]) => `${name}:${value}`);
}
