import { type Command, InvalidArgumentError, Option } from 'commander';

/** Where a command finds a gateway or its store. */
export interface PlaceOptions {
  readonly url?: string;
  readonly key?: string;
  readonly config?: string;
  readonly data?: string;
}

export interface FilterOptions {
  readonly since?: string;
  readonly until?: string;
  readonly status?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly team?: string;
  readonly user?: string;
  readonly session?: string;
  readonly tag?: readonly string[];
  readonly unpriced?: boolean;
  readonly lever?: string;
}

/** Adds the options that say which gateway to ask. */
export function addPlaceOptions(command: Command): Command {
  return command
    .option('--url <url>', 'a gateway elsewhere, such as https://llm.example.com')
    .addOption(new Option('--key <key>', 'its admin key').env('INFINITE_LLM_ADMIN_KEY'))
    .option('-c, --config <file>', 'configuration that names the store (./infinite-llm.yaml if there is one)')
    .option('-d, --data <dir>', 'data directory (./infinite-llm-data)');
}

/** Adds the options that choose calls. */
export function addFilterOptions(command: Command, since: string): Command {
  return command
    .option('--since <time>', 'from then on: a span such as 24h or 7d, or ISO 8601', since)
    .option('--until <time>', 'before then, likewise')
    .addOption(
      new Option('--status <status>', 'only calls that ended so').choices(['ok', 'error', 'aborted']),
    )
    .option('--provider <name>', 'only calls to this provider')
    .option('--model <name>', 'only calls to this model')
    .option('--team <name>', 'only calls of this team')
    .option('--user <name>', 'only calls of this user')
    .option('--session <id>', 'only calls of this session')
    .option('--tag <name:value>', 'only calls with this tag; may be repeated', collectTag)
    .option('--unpriced', 'only calls whose price is not known')
    .option('--lever <stage>', 'only calls on which the saving of this lever, such as cache, is known');
}

export function filterQuery(options: FilterOptions) {
  const { since, until, status, provider, model, team, user, session, tag, unpriced, lever } = options;
  return {
    from: since,
    to: until,
    status,
    provider,
    model,
    team,
    user,
    session,
    tag,
    unpriced: unpriced ? 'true' : undefined,
    lever,
  };
}

/** Collects `name:value`, or `name=value`, of an option that may be repeated. @throws InvalidArgumentError */
export function collectTag(text: string, before: readonly string[] = []): string[] {
  if (!/^[^:=]+[:=]/.test(text)) throw new InvalidArgumentError('It must be name:value.');
  return [...before, text.replace(/[:=]/, ':')];
}

/** A whole number within bounds. @throws InvalidArgumentError */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}
