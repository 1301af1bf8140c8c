import { Command } from 'commander';
import type { ConfigSource } from '../config/source.ts';
import type { Io } from '../io.ts';
import { painter } from '../output/style.ts';

interface Options {
  readonly config?: string;
}

export function configCommand(io: Io): Command {
  const config = new Command('config')
    .summary('check and show the configuration')
    .description(
      'Checks infinite-llm.yaml, shows the settings in force, or prints the JSON Schema for editors.',
    );
  config.addHelpText(
    'after',
    `
Examples:
  infinite-llm config check --config /etc/infinite-llm.yaml
  infinite-llm config show
  infinite-llm config schema > infinite-llm.schema.json

For completion and checks in an editor with a YAML language server, begin the file with
  # yaml-language-server: $schema=./infinite-llm.schema.json`,
  );

  const withFile = (command: Command): Command =>
    command.option('-c, --config <file>', 'the file (./infinite-llm.yaml if there is one)');

  withFile(config.command('check'))
    .description('Reads the configuration and tells everything that is wrong with it.')
    .action(async (options: Options) => {
      const { file } = (await open(options)).status();
      io.out(
        `${painter(io.color)('green', 'Good')}: ${file ?? 'no configuration file, defaults and the environment'}\n`,
      );
    });
  withFile(config.command('show'))
    .description('Prints the settings in force with their defaults, without secrets.')
    .action(async (options: Options) => {
      const { showSettings } = await import('../config/show.ts');
      io.out(showSettings((await open(options)).current()));
    });
  config
    .command('schema')
    .description('Prints the JSON Schema of the configuration file.')
    .action(async () => {
      const { configJsonSchema } = await import('../config/json-schema.ts');
      const { PROVIDER_KINDS } = await import('../../upstream/index.ts');
      io.out(`${JSON.stringify(configJsonSchema(PROVIDER_KINDS), null, 2)}\n`);
    });
  return config;

  // Loaded when it is needed only: help must not wait for it.
  async function open({ config }: Options): Promise<ConfigSource> {
    const { openInstalledConfig } = await import('../config/open.ts');
    const warn = (message: string): void => io.err(`${message}\n`);
    const log = { info: () => undefined, warn, error: warn };
    return openInstalledConfig({ file: config, env: io.env, overrides: {}, log, watch: false });
  }
}
