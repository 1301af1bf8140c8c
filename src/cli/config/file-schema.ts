import { z } from 'zod';
import { ROUTE_STRATEGIES } from '../../core/plan/route.ts';
import { USAGE_KINDS } from '../../core/usage.ts';
import { decimal, duration, size } from './amounts.ts';
import { admissionSections } from './levers/admit.ts';
import { batchSection } from './levers/batch.ts';
import { leverSections } from './levers/index.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const name = z
  .string()
  .regex(NAME, 'must start with a letter or digit and hold only letters, digits, ".", "_" and "-"');
const text = z.string().min(1, 'must not be empty');
const secret = text.describe(
  '`env:NAME` reads the environment variable NAME, which keeps the secret out of this file.',
);
const targetName = z
  .string()
  .regex(/^[^/\s]+\/\S+$/, 'must be "provider/model", such as "openai/gpt-4o-mini"');

const listen = z
  .strictObject({
    host: text
      .prefault('127.0.0.1')
      .describe('Address to listen on. Anything but a loopback address asks for virtual keys first.'),
    port: z.number().int().min(0).max(65_535).prefault(8787).describe('TCP port; 0 picks a free one.'),
    allowedHosts: z
      .array(text)
      .prefault([])
      .describe(
        'Host names that clients use for this gateway, besides loopback names and addresses. `*.example.com` matches every name below.',
      ),
    allowedOrigins: z
      .array(
        z
          .string()
          .regex(/^(\*|https?:\/\/[^/]+)$/, 'must be an origin such as "https://app.example.com", or "*"'),
      )
      .prefault([])
      .describe('Origins of web pages that may call this gateway from a browser.'),
  })
  .describe('Where the gateway listens. A change of host or port needs a restart.');

const store = z
  .strictObject({
    url: text
      .optional()
      .describe(
        'A directory for the embedded store (./infinite-llm-data by default), or postgres://…; may be `env:NAME`.',
      ),
    bodies: z.boolean().prefault(false).describe('Keep the bodies of requests and answers, redacted.'),
    redact: z
      .array(text)
      .prefault([])
      .describe('Regular expressions; what they match is replaced in stored bodies.'),
    retentionDays: z
      .number()
      .int()
      .min(1)
      .nullable()
      .prefault(null)
      .describe('Days to keep the rows of calls; null keeps them for ever. Daily sums stay.'),
  })
  .describe('Where calls are written down. A change of url or retentionDays needs a restart.');

const shared = z
  .strictObject({ url: text.describe('redis://… (Redis or Valkey); may be `env:NAME`.') })
  .describe('What several gateways on different machines share. A change needs a restart.');

const prefillWeight = z
  .number()
  .min(1)
  .prefault(4)
  .describe('How much more a request in prefill weighs in the machine’s time than one in decode.');

const gpu = z
  .strictObject({
    hourlyUsd: decimal.describe('Dollars an hour for one GPU.'),
    count: z.number().int().min(1).prefault(1).describe('Number of GPUs that serve the model.'),
    prefillWeight,
  })
  .describe('The machine of a self-hosted model: its calls are priced by their share of its time.');

const machine = z
  .strictObject({ hourlyUsd: decimal.describe('Dollars an hour for the whole machine.'), prefillWeight })
  .describe('What this machine costs: calls to the engine are priced by their share of its time.');

const contextTokens = z.number().int().min(1).max(1_000_000_000);

function provider(kinds: readonly [string, ...string[]]) {
  return z.strictObject({
    kind: z
      .enum(kinds)
      .optional()
      .describe('The API that it offers. Not needed when the provider is named like its kind.'),
    baseUrl: text
      .optional()
      .describe('Where its API starts, such as http://vllm.internal:8000/v1; may be `env:NAME`.'),
    keys: z
      .array(secret)
      .optional()
      .describe('API keys, used in turn. Left out, the usual environment variables of the kind are read.'),
    dialects: z
      .array(text)
      .optional()
      .describe('API dialects that the server speaks, if not those of its kind.'),
    headers: z.record(text, secret).prefault({}).describe('Headers to add to each request.'),
    models: z
      .array(text)
      .prefault([])
      .describe('Names to list at /v1/models; any other name is accepted too.'),
    gpu: gpu.optional(),
    window: contextTokens
      .optional()
      .describe('Tokens that fit into its models, prompt and answer together, where lists do not know.'),
    contextWindows: z
      .record(text, contextTokens)
      .optional()
      .describe('The same for single models, by their names there.'),
  });
}

const alias = z
  .strictObject({
    targets: z
      .array(targetName)
      .min(1, 'needs at least one target')
      .describe('Where the call may go, as provider/model.'),
    strategy: z
      .enum(ROUTE_STRATEGIES)
      .optional()
      .describe('How the targets are ordered; short for route.strategy. in-order by default.'),
    ...leverSections,
  })
  .describe('A name that clients may ask for.');

const rule = z
  .strictObject({
    match: targetName.describe('provider/model, where `*` stands for any run of characters.'),
    rates: z
      .partialRecord(z.enum(USAGE_KINDS), decimal)
      .optional()
      .describe('Dollars per million tokens by kind of usage; per thousand pieces for searches.'),
    discount: decimal
      .refine((value) => Number(value) <= 1, 'must be between 0 and 1; 0.15 takes 15 % off')
      .optional()
      .describe('0.15 takes 15 % off.'),
  })
  .describe('Your own price for the models that match. The first rule that matches counts.');

const prices = z
  .strictObject({ rules: z.array(rule).prefault([]) })
  .describe('Prices that differ from the public lists.');

const limits = z
  .strictObject({
    bodyBytes: size.prefault('20MB').describe('Largest request body that is accepted.'),
    answerBytes: size.prefault('64MB').describe('Largest non-streamed answer that is taken from a provider.'),
    drainMs: duration
      .prefault('5s')
      .describe('How long an answer is read on after its client left, to learn the final usage.'),
    connectMs: duration.prefault('10s').describe('Time to connect to a provider.'),
    firstByteMs: duration.prefault('10m').describe('Time to the first byte of a provider’s answer.'),
    idleMs: duration.prefault('5m').describe('Longest silence within an answer.'),
    requestMs: duration.prefault('2m').describe('Time in which a client’s whole request must arrive.'),
    shutdownMs: duration.prefault('30s').describe('How long a shutdown waits for calls in flight.'),
  })
  .describe('Sizes and times. Durations such as "30s" or milliseconds; sizes such as "20MB" or bytes.');

const retry = z
  .strictObject({
    attempts: z
      .number()
      .int()
      .min(1)
      .max(20)
      .prefault(3)
      .describe('Tries of one target, the first included.'),
    baseMs: duration.prefault('250ms').describe('Longest pause before the second try; doubles with each.'),
    maxMs: duration.prefault('8s').describe('Longest pause before any try.'),
  })
  .describe('What to do when a provider fails.');

const address = text.regex(/^(\[[^\]]+\]|[^:\s]+):\d{1,5}$/, 'must be host:port, such as "0.0.0.0:9200"');

const engineTls = z
  .strictObject({
    cert: text.optional().describe('Certificate of this machine, PEM; with listen.'),
    key: text.optional().describe('Its private key, PEM.'),
    ca: text.optional().describe('Certificates that others must have theirs from, PEM.'),
  })
  .describe('Files to encrypt the connections with lenders and other engines.');

const engine = z
  .strictObject({
    enabled: z
      .union([z.literal('auto'), z.boolean()], { error: 'must be auto, true or false' })
      .prefault('auto')
      .describe('auto: when a model is there; true: a missing model is an error; false: never.'),
    models: z
      .array(text)
      .min(1, 'needs at least one model')
      .optional()
      .describe(
        'Models to serve as local/<name>: names as for `infinite-llm models pull`, or paths. Left out, all that are there.',
      ),
    kvMemory: size
      .prefault('1GiB')
      .describe('Memory for the KV cache of each model. What does not fit waits or is refused.'),
    kvType: z
      .enum(['bf16', 'int8'])
      .prefault('bf16')
      .describe('How keys and values are kept: int8 takes half the memory and is less exact.'),
    threads: z
      .number()
      .int()
      .min(1)
      .max(256)
      .optional()
      .describe('Threads that hold KV and attend to it; more than one helps long contexts. 1 by default.'),
    maxSequences: z.number().int().min(1).max(4096).optional().describe('Sequences computed together.'),
    maxStepTokens: z
      .number()
      .int()
      .min(1)
      .max(65_536)
      .optional()
      .describe('Tokens computed in one step: fewer make long prompts hold up others less. 512 by default.'),
    arithmetic: z
      .enum(['auto', 'exact', 'fast'])
      .prefault('auto')
      .describe(
        'exact: answers do not depend on batches and lenders; fast: rounds inputs to 8 bits; auto: exact with listen, else fast.',
      ),
    contexts: text
      .optional()
      .describe('Folder where long texts that were read are kept, to be read once only. For one model only.'),
    listen: address
      .optional()
      .describe('host:port where lenders join with `infinite-llm engine lend`. For one model only.'),
    advertise: text
      .optional()
      .describe('The host that others reach this machine at; needed when listen is all addresses.'),
    join: z.array(address).prefault([]).describe('host:port of other engines, to lend to and borrow from.'),
    tls: engineTls.optional(),
    machine: machine.optional(),
  })
  .describe('The engine of this machine: serves models by itself. A change needs a restart.');

/** The schema of `infinite-llm.yaml`, for these kinds of providers. */
export function fileSchema(kinds: readonly [string, ...string[]]) {
  return z
    .strictObject({
      listen: listen.prefault({}),
      store: store.prefault({}),
      shared: shared.optional(),
      providers: z
        .record(name, provider(kinds))
        .optional()
        .describe('Whom calls may be sent to, by a name of your choice.'),
      models: z
        .record(text, alias)
        .prefault({})
        .describe('Names that clients may ask for. `provider/model` always works too.'),
      engine: engine.prefault({}),
      prices: prices.prefault({}),
      limits: limits.prefault({}),
      retry: retry.prefault({}),
      ...leverSections,
      ...admissionSections,
      batch: batchSection.optional(),
    })
    .describe('Configuration of infinite-llm.');
}

export type ConfigFile = z.output<ReturnType<typeof fileSchema>>;
export type ProviderEntry = NonNullable<ConfigFile['providers']>[string];
export type AliasEntry = ConfigFile['models'][string];
