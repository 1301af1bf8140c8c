import type { Message, Prompt, TextContent } from '../../core/content.ts';
import type { Route } from '../../core/dialect.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { Fields } from '../wire/fields.ts';
import { camelKeys } from './camel-keys.ts';
import { parseContents } from './parse-contents.ts';
import { parseGenerationConfig } from './parse-generation-config.ts';
import { parseToolConfig, parseTools } from './parse-tools.ts';

/** A body of `generateContent` or `streamGenerateContent`. @throws CallError `invalid_request` */
export function parseRequest(body: JsonObject, _route?: Route): Prompt {
  const fields = new Fields(camelKeys(body));
  const extras: Record<string, Json> = {};
  // Both are said by the path; some clients repeat the model in the body.
  fields.json('model');
  const system = parseSystem(fields, extras);
  const messages: readonly Message[] = [...system, ...parseContents(fields, extras)];
  const tools = parseTools(fields, extras);
  const toolChoice = parseToolConfig(fields, extras);
  const config = parseGenerationConfig(fields.optionalObject('generationConfig'), extras);
  const tier = fields.optionalString('serviceTier')?.toLowerCase();
  const metadata = parseLabels(fields);
  Object.assign(extras, fields.rest());
  return {
    messages,
    tools,
    ...(toolChoice && { toolChoice }),
    ...config,
    ...(tier !== undefined &&
      tier !== 'unspecified' && { serviceTier: tier === 'standard' ? 'default' : tier }),
    ...(metadata && { metadata }),
    extras,
  };
}

function parseSystem(fields: Fields, extras: Record<string, Json>): Message[] {
  const system = fields.optionalObject('systemInstruction');
  if (!system) return [];
  const content = system.items('parts').flatMap((part): TextContent[] => {
    const text = part.optionalString('text');
    if (text === undefined) extras[part.path] = part.whole();
    else Object.assign(extras, part.rest());
    return text ? [{ type: 'text', text }] : [];
  });
  return content.length > 0 ? [{ role: 'system', content }] : [];
}

function parseLabels(fields: Fields): Readonly<Record<string, string>> | undefined {
  const labels = fields.optionalObject('labels');
  if (!labels) return undefined;
  return Object.fromEntries(Object.keys(labels.whole()).map((name) => [name, labels.string(name)]));
}
