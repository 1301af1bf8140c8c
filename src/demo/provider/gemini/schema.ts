import { z } from 'zod';

/** The bodies of Gemini's `generateContent`, `countTokens`, `embedContent`, after Google's public reference. */

const data = z.strictObject({
  mimeType: z.string().min(1),
  data: z.base64().min(1),
  displayName: z.string().optional(),
});
const fileData = z.strictObject({ mimeType: z.string().optional(), fileUri: z.string().min(1) });
const struct = z.record(z.string(), z.json());

/** A part has exactly one of these, and may carry the two notes beside it. */
const KINDS = ['text', 'inlineData', 'fileData', 'functionCall', 'functionResponse'] as const;

const part = z
  .strictObject({
    text: z.string().optional(),
    inlineData: data.optional(),
    fileData: fileData.optional(),
    functionCall: z
      .strictObject({ id: z.string().optional(), name: z.string().min(1), args: struct.optional() })
      .optional(),
    functionResponse: z
      .strictObject({
        id: z.string().optional(),
        name: z.string().min(1),
        response: struct,
        parts: z
          .array(z.strictObject({ inlineData: data.optional(), fileData: fileData.optional() }))
          .optional(),
        willContinue: z.boolean().optional(),
      })
      .optional(),
    thought: z.boolean().optional(),
    thoughtSignature: z.base64().optional(),
    videoMetadata: z.unknown().optional(),
    mediaResolution: z.unknown().optional(),
  })
  .refine((one) => KINDS.filter((kind) => one[kind] !== undefined).length === 1, {
    message: "required oneof field 'data' must have one initialized field",
  });

const content = z.strictObject({
  role: z.enum(['user', 'model', 'function'], { error: 'Please use a valid role: user, model.' }).optional(),
  parts: z.array(part).min(1, 'contents.parts must not be empty.'),
});

/** Google's own subset of OpenAPI schemas. JSON Schema's other words belong into `…JsonSchema`. */
const typeName = z.string().regex(/^(string|number|integer|boolean|array|object|null)$/i, 'no such type');
const count = z.union([z.int(), z.string().regex(/^\d+$/)]);
export const openApiSchema = z.strictObject({
  type: typeName.optional(),
  format: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  nullable: z.boolean().optional(),
  enum: z.array(z.string()).optional(),
  maxItems: count.optional(),
  minItems: count.optional(),
  get properties() {
    return z.record(z.string(), openApiSchema).optional();
  },
  required: z.array(z.string()).optional(),
  minProperties: count.optional(),
  maxProperties: count.optional(),
  minLength: count.optional(),
  maxLength: count.optional(),
  pattern: z.string().optional(),
  example: z.json().optional(),
  get anyOf(): z.ZodOptional<z.ZodArray<typeof openApiSchema>> {
    return z.array(openApiSchema).optional();
  },
  propertyOrdering: z.array(z.string()).optional(),
  default: z.json().optional(),
  get items(): z.ZodOptional<typeof openApiSchema> {
    return openApiSchema.optional();
  },
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});

const functionName = z
  .string()
  .regex(
    /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/,
    'Invalid function name. Must start with a letter or an underscore.',
  );

const tool = z.strictObject({
  functionDeclarations: z
    .array(
      z
        .strictObject({
          name: functionName,
          description: z.string().optional(),
          parameters: openApiSchema.optional(),
          parametersJsonSchema: struct.optional(),
          response: openApiSchema.optional(),
          responseJsonSchema: struct.optional(),
          behavior: z.string().optional(),
        })
        .refine((one) => !(one.parameters && one.parametersJsonSchema), {
          message: 'parameters and parameters_json_schema must not both be set',
        }),
    )
    .optional(),
  googleSearch: z.looseObject({}).optional(),
  codeExecution: z.looseObject({}).optional(),
  urlContext: z.looseObject({}).optional(),
});

const thinkingConfig = z
  .strictObject({
    includeThoughts: z.boolean().optional(),
    thinkingBudget: z.int().min(-1).optional(),
    thinkingLevel: z
      .string()
      .regex(/^(minimal|low|medium|high)$/i, 'no such level')
      .optional(),
  })
  .refine((one) => one.thinkingBudget === undefined || one.thinkingLevel === undefined, {
    message: 'You can only set only one of thinking budget and thinking level.',
  });

const generationConfig = z.strictObject({
  candidateCount: z.int().min(1).max(8).optional(),
  enableEnhancedCivicAnswers: z.boolean().optional(),
  frequencyPenalty: z.number().min(-2).max(2).optional(),
  imageConfig: z.unknown().optional(),
  logprobs: z.int().optional(),
  maxOutputTokens: z.int().min(1).optional(),
  mediaResolution: z.string().optional(),
  presencePenalty: z.number().min(-2).max(2).optional(),
  responseJsonSchema: struct.optional(),
  responseLogprobs: z.boolean().optional(),
  responseMimeType: z.enum(['text/plain', 'application/json', 'text/x.enum']).optional(),
  responseModalities: z.array(z.string()).optional(),
  responseSchema: openApiSchema.optional(),
  seed: z
    .int()
    .min(-(2 ** 31))
    .max(2 ** 31 - 1)
    .optional(),
  speechConfig: z.unknown().optional(),
  stopSequences: z.array(z.string()).max(5).optional(),
  temperature: z.number().min(0).max(2).optional(),
  thinkingConfig: thinkingConfig.optional(),
  topK: z.number().min(1).optional(),
  topP: z.number().min(0).max(1).optional(),
});

export const generateSchema = z.strictObject({
  model: z.string().optional(),
  contents: z.array(content).min(1, 'contents is not specified'),
  cachedContent: z.string().optional(),
  generationConfig: generationConfig.optional(),
  safetySettings: z.array(z.strictObject({ category: z.string(), threshold: z.string() })).optional(),
  serviceTier: z.enum(['unspecified', 'standard', 'flex', 'priority']).optional(),
  systemInstruction: content.optional(),
  toolConfig: z
    .strictObject({
      functionCallingConfig: z
        .strictObject({
          mode: z.enum(['MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE', 'VALIDATED']).optional(),
          allowedFunctionNames: z.array(z.string()).optional(),
        })
        .optional(),
      retrievalConfig: z.unknown().optional(),
      includeServerSideToolInvocations: z.boolean().optional(),
    })
    .optional(),
  tools: z.array(tool).optional(),
});

export const countSchema = z.strictObject({
  contents: z.array(content).optional(),
  generateContentRequest: generateSchema.optional(),
});

const embedTask = {
  content,
  taskType: z.string().optional(),
  title: z.string().optional(),
  outputDimensionality: z.int().min(1).optional(),
};
export const embedSchema = z.strictObject({ model: z.string().optional(), ...embedTask });
export const batchEmbedSchema = z.strictObject({
  requests: z
    .array(z.strictObject({ model: z.string().startsWith('models/'), ...embedTask }))
    .min(1)
    .max(100),
});

export type GenerateBody = z.infer<typeof generateSchema>;
export type GeminiContent = z.infer<typeof content>;
export type GeminiPart = GeminiContent['parts'][number];
