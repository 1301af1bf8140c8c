import { refusal } from './refuse.ts';
import type { GeminiContent, GeminiPart, GenerateBody } from './schema.ts';

/** What the thought signatures that this simulated provider made begin with, before base64. */
export const SIGNATURE = 'simulated-google:';

/** Google's documented stand-ins for calls that another model made. */
const FOREIGN = ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'];

/** Gemini 3 insists on the thought signature of every call in the current turn. */
export function signsCalls(model: string): boolean {
  return model.startsWith('gemini-3');
}

/** What the schema cannot say: rules across contents and fields. @throws Refusal 400 */
export function checkGenerateRules(body: GenerateBody, model: string): void {
  checkTurns(body.contents);
  checkSignatures(body.contents, model);
  const { generationConfig: config, toolConfig, tools = [] } = body;
  const json = config?.responseMimeType === 'application/json';
  if (
    (config?.responseSchema || config?.responseJsonSchema) &&
    !json &&
    config.responseMimeType !== 'text/x.enum'
  ) {
    throw refusal(
      '* GenerateContentRequest.generation_config.response_schema: response_mime_type must be application/json when a ' +
        'response schema is set\n',
    );
  }
  if (config?.responseSchema && config.responseJsonSchema) {
    throw refusal('response_schema and response_json_schema must not both be set.');
  }
  const declared = tools.flatMap((tool) => tool.functionDeclarations ?? []);
  if (json && declared.length > 0 && !signsCalls(model)) {
    throw refusal("Function calling with a response mime type: 'application/json' is unsupported");
  }
  if (new Set(declared.map(({ name }) => name)).size < declared.length) {
    throw refusal('Duplicate function declaration found');
  }
  const choice = toolConfig?.functionCallingConfig;
  if (!choice?.allowedFunctionNames) return;
  if (choice.mode !== 'ANY' && choice.mode !== 'VALIDATED') {
    throw refusal(
      'Allowed function names should only be set when function calling mode is ANY or VALIDATED.',
    );
  }
  const missing = choice.allowedFunctionNames.find((name) => !declared.some((one) => one.name === name));
  if (missing) throw refusal(`allowed_function_names contains "${missing}", which is not declared.`);
}

const calls = ({ parts }: GeminiContent): number => parts.filter((part) => part.functionCall).length;
const results = ({ parts }: GeminiContent): number => parts.filter((part) => part.functionResponse).length;

function checkTurns(contents: readonly GeminiContent[]): void {
  for (const [index, content] of contents.entries()) {
    const before = contents[index - 1];
    const after = contents[index + 1];
    if (calls(content) > 0) {
      if (!before || before.role === 'model') {
        throw refusal(
          'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
        );
      }
      if (after && results(after) !== calls(content)) throw unevenTurns();
    }
    if (results(content) === 0) continue;
    if (content.role === 'model') throw refusal('Function responses must not come in a model turn.');
    if (!before || calls(before) === 0) {
      throw refusal(
        'Please ensure that function response turn comes immediately after a function call turn.',
      );
    }
    if (results(content) !== calls(before)) throw unevenTurns();
    const called = before.parts.flatMap((part) => part.functionCall?.name ?? []);
    const answered = content.parts.flatMap((part) => part.functionResponse?.name ?? []);
    if ([...called].sort().join() !== [...answered].sort().join()) {
      throw refusal('Please ensure that the function response names match the names of the function calls.');
    }
  }
}

function unevenTurns(): Error {
  return refusal(
    'Please ensure that the number of function response parts is equal to the number of function call parts of the ' +
      'function call turn.',
  );
}

function checkSignatures(contents: readonly GeminiContent[], model: string): void {
  const currentTurn = contents.findLastIndex((content) => content.role !== 'model' && results(content) === 0);
  for (const [index, { parts }] of contents.entries()) {
    for (const part of parts) {
      if (part.thoughtSignature && !isOurs(part.thoughtSignature))
        throw refusal('Corrupted thought signature.');
    }
    const first: GeminiPart | undefined = parts.find((part) => part.functionCall);
    if (!first || first.thoughtSignature || !signsCalls(model) || index < currentTurn) continue;
    throw refusal(
      'Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly. ' +
        `Additional data, function call \`default_api:${first.functionCall?.name ?? ''}\`, position ${index + 1}.`,
    );
  }
}

function isOurs(signature: string): boolean {
  const plain = Buffer.from(signature, 'base64').toString();
  return plain.startsWith(SIGNATURE) || FOREIGN.includes(signature) || FOREIGN.includes(plain);
}
