import type { JsonObject } from '../../../core/json.ts';
import type { Ask } from '../ask.ts';
import type { GeminiContent, GeminiPart, GenerateBody } from './schema.ts';

/** Reads what a valid generate request asks for. */
export function askOfGenerate(body: GenerateBody, model: string, stream: boolean): Ask {
  const { contents, generationConfig: config, tools = [] } = body;
  const declared = tools.flatMap((tool) => tool.functionDeclarations ?? []);
  const systemText = body.systemInstruction ? textOf(body.systemInstruction) : '';
  const lastUser = contents.findLast((content) => content.role !== 'model' && said(content) !== '');
  const last = contents.at(-1);
  return {
    api: 'gemini',
    model,
    stream,
    promptText:
      [systemText, ...contents.map(textOf)].join('\n') +
      (declared.length > 0 ? JSON.stringify(declared) : ''),
    systemText,
    lastUserText: lastUser ? said(lastUser) : '',
    toolResults: last ? last.parts.filter((part) => part.functionResponse).map(partText) : [],
    tools: declared.map((one) => ({
      name: one.name,
      schema: (one.parametersJsonSchema ??
        one.parameters ?? { type: 'object', properties: {} }) as JsonObject,
    })),
    toolChoice: choiceOf(body),
    parallelTools: true,
    schema: config?.responseJsonSchema ?? config?.responseSchema ?? null,
    jsonMode: config?.responseMimeType === 'application/json',
    maxTokens: config?.maxOutputTokens ?? null,
    stop: config?.stopSequences ?? [],
    images: contents.flatMap(({ parts }) => parts).filter(isImage).length,
    reasons: thinks(body),
    serviceTier: body.serviceTier === 'unspecified' ? 'standard' : (body.serviceTier ?? null),
    cacheMarked: null,
  };
}

/** The simulated model thinks when the client sets a budget, a level, or wants to see thoughts. */
function thinks({ generationConfig }: GenerateBody): boolean {
  const config = generationConfig?.thinkingConfig;
  if (!config || config.thinkingBudget === 0) return false;
  return Boolean(config.includeThoughts || config.thinkingBudget || config.thinkingLevel);
}

function choiceOf({ toolConfig }: GenerateBody): Ask['toolChoice'] {
  const choice = toolConfig?.functionCallingConfig;
  const [name, ...others] = choice?.allowedFunctionNames ?? [];
  switch (choice?.mode) {
    case 'ANY':
      return name && others.length === 0 ? { name } : 'required';
    case 'NONE':
      return 'none';
    default:
      return 'auto';
  }
}

function said({ parts }: GeminiContent): string {
  return parts.flatMap((part) => part.text ?? []).join('\n');
}

function textOf({ parts }: GeminiContent): string {
  return parts.map(partText).join('\n');
}

function partText(part: GeminiPart): string {
  if (part.functionCall) return `${part.functionCall.name}(${JSON.stringify(part.functionCall.args ?? {})})`;
  if (part.functionResponse) return plainResult(part.functionResponse.response);
  return part.text ?? '';
}

/** The text inside the customary wrappings of a plain result. */
function plainResult(response: JsonObject): string {
  const inner = response['result'] ?? response['output'] ?? response['content'] ?? response;
  return typeof inner === 'string' ? inner : JSON.stringify(inner);
}

function isImage({ inlineData, fileData }: GeminiPart): boolean {
  return (inlineData ?? fileData)?.mimeType?.startsWith('image/') ?? false;
}
