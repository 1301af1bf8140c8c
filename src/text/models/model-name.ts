import { type CatalogueModel, CATALOGUE } from './catalogue.ts';
import { PullError } from './pull-error.ts';

/** What `models pull` is asked for. `folder` is safe as a name of a folder. */
export type ModelName =
  | { readonly kind: 'catalogue'; readonly folder: string; readonly model: CatalogueModel }
  | { readonly kind: 'hub'; readonly folder: string; readonly repo: string; readonly file: string | null };

const PART = '[A-Za-z0-9][\\w.-]{0,95}';
const HUB = new RegExp(`^(${PART})/(${PART})(?::((?:${PART}/){0,4}${PART}))?$`);

/** A name of the catalogue, or `owner/repo[:file]` of the hub. @throws PullError */
export function parseModelName(text: string, catalogue: readonly CatalogueModel[] = CATALOGUE): ModelName {
  const model = catalogue.find(({ name }) => name === text.toLowerCase());
  if (model) return { kind: 'catalogue', folder: model.name, model };
  const [, owner, repo, file = null] = HUB.exec(text) ?? [];
  if (owner === undefined || repo === undefined) {
    const names = catalogue.map(({ name }) => name).join(', ');
    throw new PullError(
      `There is no model ${JSON.stringify(text)}. Known are: ${names}; and any OWNER/REPO or OWNER/REPO:FILE of the Hugging Face hub.`,
      { elsewhere: false },
    );
  }
  if (file !== null && !file.endsWith('.gguf'))
    throw new PullError(`${file} is no GGUF file; leave it out to pull the folder.`, { elsewhere: false });
  const stem = file?.slice(file.lastIndexOf('/') + 1, -'.gguf'.length);
  return {
    kind: 'hub',
    folder: [owner, repo, ...(stem ? [stem] : [])].join('--'),
    repo: `${owner}/${repo}`,
    file,
  };
}
