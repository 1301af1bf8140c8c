import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command } from 'commander';
import type { DocumentInfo, Searching } from '../../core/documents.ts';
import { askApi, withQuery } from '../client/api-client.ts';
import type { Connect } from '../client/connect.ts';
import { Failure } from '../failure.ts';
import type { Io } from '../io.ts';
import { moment, whole } from '../output/amounts.ts';
import { painter, printable } from '../output/style.ts';
import { formatTable } from '../output/table.ts';
import { connected } from './connected.ts';
import { examplesCommand, removeExampleCommand } from './docs-examples.ts';
import { addPlaceOptions, type PlaceOptions, wholeNumber } from './options.ts';

interface Options extends PlaceOptions {
  readonly collection: string;
  readonly json?: boolean;
}

interface Found {
  readonly document: string;
  readonly order: number;
  readonly text: string;
  readonly score: number;
}

const MOST_BYTES = 16_000_000;

export function docsCommand(io: Io, connect: Connect): Command {
  const docs = new Command('docs')
    .summary('documents and examples that answers are grounded on')
    .description(
      'Texts are cut in passages and embedded (needs "models pull minilm"). Calls of an alias with "ground: { collection: NAME }" get the passages that are nearest to their question.',
    );
  docs.addHelpText(
    'after',
    `
Examples:
  infinite-llm docs add handbook/*.md --collection handbook
  infinite-llm docs search "How long is the notice period?" --collection handbook
  infinite-llm docs list
  infinite-llm docs remove 01938c6e-2222-7000-8000-000000000001
  infinite-llm docs examples --alias helper`,
  );
  docs.addCommand(addCommand(io, connect));
  docs.addCommand(listCommand(io, connect));
  docs.addCommand(removeCommand(io, connect));
  docs.addCommand(searchCommand(io, connect));
  docs.addCommand(examplesCommand(io, connect));
  docs.addCommand(removeExampleCommand(io, connect));
  return docs;
}

function addCommand(io: Io, connect: Connect): Command {
  const command = new Command('add')
    .description('Adds text files; one of the same name in the collection is replaced.')
    .argument('<file...>', 'text files (plain text, Markdown, code)')
    .requiredOption('--collection <name>', 'what the configuration calls them by')
    .option('--json', 'print JSON for programs');
  addPlaceOptions(command);
  return command.action(async (files: readonly string[], options: Options) => {
    await connected(connect, { ...options, create: true }, async (transport) => {
      for (const file of files) {
        const body = { collection: options.collection, name: basename(file), text: await textOf(file) };
        const added = await askApi<DocumentInfo>(
          transport,
          { method: 'POST', url: '/api/v1/documents', body },
          io.signal,
        );
        if (options.json) io.out(`${JSON.stringify(added)}\n`);
        else io.out(`Added ${printable(added.name)}: ${whole(added.passages)} passages (${added.id}).\n`);
      }
    });
  });
}

async function textOf(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new Failure(`${file} cannot be read: ${error.code ?? error.message}.`);
  });
  if (bytes.length > MOST_BYTES)
    throw new Failure(`${file} is larger than ${MOST_BYTES / 1e6} MB; split it.`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Failure(`${file} is no text in UTF-8. Convert it to text first.`);
  }
}

function listCommand(io: Io, connect: Connect): Command {
  const command = new Command('list')
    .description('Lists the documents.')
    .option('--collection <name>', 'only of this collection')
    .option('--json', 'print JSON for programs');
  addPlaceOptions(command);
  return command.action(async (options: Partial<Options>) => {
    await connected(connect, options, async (transport) => {
      const url = withQuery('/api/v1/documents', { collection: options.collection });
      const { documents } = await askApi<{ documents: DocumentInfo[] }>(
        transport,
        { method: 'GET', url },
        io.signal,
      );
      if (options.json) return io.out(`${JSON.stringify(documents, null, 2)}\n`);
      io.out(
        documents.length === 0
          ? 'No documents. Add some with "infinite-llm docs add FILE --collection NAME".\n'
          : describeDocuments(documents, io.color),
      );
    });
  });
}

function describeDocuments(documents: readonly DocumentInfo[], color: boolean): string {
  return formatTable(
    [
      { title: 'collection', value: ({ collection }) => collection, most: 30 },
      { title: 'name', value: ({ name }) => name, most: 40 },
      { title: 'passages', align: 'right', value: ({ passages }) => whole(passages) },
      { title: 'characters', align: 'right', value: ({ characters }) => whole(characters) },
      { title: 'added (UTC)', value: ({ addedAt }) => moment(addedAt) },
      { title: 'id', value: ({ id }) => id },
    ],
    documents,
    painter(color),
  );
}

function removeCommand(io: Io, connect: Connect): Command {
  const command = new Command('remove')
    .description('Removes a document with its text.')
    .argument('<id>', 'the document’s id, from "docs list"');
  addPlaceOptions(command);
  return command.action(async (id: string, options: PlaceOptions) => {
    await connected(connect, options, async (transport) => {
      const url = `/api/v1/documents/${encodeURIComponent(id)}`;
      await askApi(transport, { method: 'DELETE', url }, io.signal);
      io.out(`Removed ${printable(id)}.\n`);
    });
  });
}

function searchCommand(io: Io, connect: Connect): Command {
  const command = new Command('search')
    .description('Shows the passages that a question would get.')
    .argument('<question>', 'the question')
    .requiredOption('--collection <name>', 'where to look')
    .option('--limit <n>', 'most passages', wholeNumber(1, 50), 5)
    .option('--json', 'print JSON for programs');
  addPlaceOptions(command);
  return command.action(async (question: string, options: Options & { readonly limit: number }) => {
    await connected(connect, options, async (transport) => {
      const { collection, limit, json } = options;
      const url = withQuery('/api/v1/documents/search', { collection, question, limit });
      const { passages, searching } = await askApi<{ passages: Found[]; searching: Searching }>(
        transport,
        { method: 'GET', url },
        io.signal,
      );
      if (json) return io.out(`${JSON.stringify(passages, null, 2)}\n`);
      if (passages.length === 0) return io.out(`Nothing is in ${printable(collection)}.\n`);
      for (const { document, order, score, text } of passages)
        io.out(`${score.toFixed(3)}  ${printable(document)}, passage ${order + 1}\n${printable(text)}\n\n`);
      io.out(
        `Searched ${whole(searching.passages)} passages, ${searching.how}: ${printable(searching.why)}.\n`,
      );
    });
  });
}
