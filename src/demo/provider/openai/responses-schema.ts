import { z } from 'zod';

/** The body of `POST /v1/responses`, after OpenAI's public reference. */

const inputText = z.strictObject({ type: z.literal('input_text'), text: z.string() });
const inputImage = z.strictObject({
  type: z.literal('input_image'),
  image_url: z
    .string()
    .regex(/^(https?:\/\/|data:image\/(png|jpeg|gif|webp);base64,)/, 'not an image URL')
    .nullish(),
  file_id: z.string().nullish(),
  detail: z.enum(['auto', 'low', 'high', 'original']).nullish(),
});
const inputFile = z.strictObject({
  type: z.literal('input_file'),
  file_data: z.string().optional(),
  file_id: z.string().nullish(),
  file_url: z.string().optional(),
  filename: z.string().optional(),
});
const outputText = z.strictObject({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.unknown()).optional(),
  logprobs: z.array(z.unknown()).optional(),
});
const refusal = z.strictObject({ type: z.literal('refusal'), refusal: z.string() });

const input = z.discriminatedUnion('type', [inputText, inputImage, inputFile]);
const output = z.discriminatedUnion('type', [outputText, refusal]);

const id = z.string().nullish();
const status = z.enum(['in_progress', 'completed', 'incomplete']).nullish();
const messageType = z.literal('message');
const phase = z.enum(['commentary', 'final_answer']).nullish();

const message = z.discriminatedUnion('role', [
  z.strictObject({
    type: messageType,
    role: z.enum(['user', 'system', 'developer']),
    content: z.union([z.string(), z.array(input)]),
    status,
    phase,
  }),
  z.strictObject({
    type: messageType,
    role: z.literal('assistant'),
    content: z.union([z.string(), z.array(output)]),
    id,
    status,
    phase,
  }),
]);

const functionCall = z.strictObject({
  type: z.literal('function_call'),
  call_id: z.string().min(1).max(64),
  name: z.string().regex(/^[a-zA-Z0-9_-]+$/, 'string does not match pattern'),
  arguments: z.string(),
  id: z.string().regex(/^fc/, "Expected an ID that begins with 'fc'").nullish(),
  status,
});
const functionCallOutput = z.strictObject({
  type: z.literal('function_call_output'),
  call_id: z.string().min(1).max(64),
  output: z.union([z.string(), z.array(input)]),
  id,
  status,
});
const reasoning = z.strictObject({
  type: z.literal('reasoning'),
  id: z.string().regex(/^rs/, "Expected an ID that begins with 'rs'"),
  summary: z.array(z.strictObject({ type: z.literal('summary_text'), text: z.string() })),
  content: z.array(z.strictObject({ type: z.literal('reasoning_text'), text: z.string() })).nullish(),
  encrypted_content: z.string().nullish(),
  status,
});

const item = z.discriminatedUnion('type', [message, functionCall, functionCallOutput, reasoning]);

const name = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, 'string does not match pattern ^[a-zA-Z0-9_-]+$');
const anySchema = z.record(z.string(), z.json());

const tool = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('function'),
    name,
    description: z.string().nullish(),
    parameters: anySchema.nullable(),
    strict: z.boolean().nullish(),
  }),
  z.looseObject({ type: z.literal('web_search') }),
  z.looseObject({ type: z.literal('file_search') }),
]);

const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.strictObject({ type: z.literal('function'), name: z.string() }),
]);

const format = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    name,
    schema: anySchema,
    description: z.string().optional(),
    strict: z.boolean().nullish(),
  }),
]);

export const responsesSchema = z.strictObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(item).min(1)]),
  background: z.boolean().nullish(),
  conversation: z.unknown().optional(),
  include: z.array(z.string()).nullish(),
  instructions: z.string().nullish(),
  max_output_tokens: z.int().min(16).nullish(),
  max_tool_calls: z.int().nullish(),
  metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  previous_response_id: z.string().nullish(),
  prompt: z.unknown().optional(),
  prompt_cache_key: z.string().nullish(),
  prompt_cache_retention: z.enum(['in_memory', '24h']).nullish(),
  reasoning: z
    .strictObject({
      effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).nullish(),
      summary: z.enum(['auto', 'concise', 'detailed']).nullish(),
      generate_summary: z.enum(['auto', 'concise', 'detailed']).nullish(),
    })
    .nullish(),
  safety_identifier: z.string().nullish(),
  service_tier: z.enum(['auto', 'default', 'flex', 'scale', 'priority']).nullish(),
  store: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_obfuscation: z.boolean().optional() }).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  text: z
    .strictObject({ format: format.optional(), verbosity: z.enum(['low', 'medium', 'high']).nullish() })
    .optional(),
  tool_choice: toolChoice.optional(),
  tools: z.array(tool).optional(),
  top_logprobs: z.int().nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  truncation: z.enum(['auto', 'disabled']).nullish(),
  user: z.string().optional(),
});

export type ResponsesBody = z.infer<typeof responsesSchema>;
export type ResponsesItem = z.infer<typeof item>;
