export interface Sample {
  readonly id: string;
  readonly label: string;
  readonly code: string;
}

/** The same first call with each client. Only the base URL is new to whoever has such code already. */
export function samples(origin: string): readonly Sample[] {
  return [
    {
      id: 'openai-python',
      label: 'OpenAI Python',
      code: `from openai import OpenAI

client = OpenAI(
    base_url="${origin}/v1",
    default_headers={"x-illm-tags": "feature=hello,env=dev"},  # optional
)
answer = client.chat.completions.create(
    model="gpt-4o-mini",
    messages=[{"role": "user", "content": "Say hello"}],
)
print(answer.choices[0].message.content)`,
    },
    {
      id: 'openai-ts',
      label: 'OpenAI TypeScript',
      code: `import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: '${origin}/v1',
  defaultHeaders: { 'x-illm-tags': 'feature=hello,env=dev' }, // optional
});
const answer = await client.responses.create({
  model: 'gpt-4o-mini',
  input: 'Say hello',
});
console.log(answer.output_text);`,
    },
    {
      id: 'anthropic',
      label: 'Anthropic',
      code: `from anthropic import Anthropic

client = Anthropic(
    base_url="${origin}",
    default_headers={"x-illm-tags": "feature=hello,env=dev"},  # optional
)
message = client.messages.create(
    model="claude-haiku-4-5",
    max_tokens=100,
    messages=[{"role": "user", "content": "Say hello"}],
)
print(message.content[0].text)`,
    },
    {
      id: 'gemini',
      label: 'Gemini',
      code: `from google import genai

client = genai.Client(http_options={
    "base_url": "${origin}",
    "headers": {"x-illm-tags": "feature=hello,env=dev"},  # optional
})
answer = client.models.generate_content(
    model="gemini-2.5-flash",
    contents="Say hello",
)
print(answer.text)`,
    },
    {
      id: 'curl',
      label: 'curl',
      code: `curl ${origin}/v1/chat/completions \\
  -H "Authorization: Bearer $OPENAI_API_KEY" \\
  -H "Content-Type: application/json" \\
  -H "x-illm-tags: feature=hello,env=dev" \\
  -d '{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Say hello"}]}'`,
    },
  ];
}
