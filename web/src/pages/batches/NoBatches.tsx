import { CodeBlock } from '../../components/controls/CodeBlock.tsx';
import { EmptyState } from '../../components/states/EmptyState.tsx';

const sample = (origin: string): string => `import { createReadStream } from 'node:fs';
import OpenAI from 'openai';

const client = new OpenAI({ baseURL: '${origin}/v1' });
// Each line: {"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{"model":…,"messages":…}}
const file = await client.files.create({ purpose: 'batch', file: createReadStream('calls.jsonl') });
const batch = await client.batches.create({
  input_file_id: file.id,
  endpoint: '/v1/chat/completions',
  completion_window: '24h',
});`;

export function NoBatches() {
  return (
    <EmptyState title="No batch yet">
      <p>
        Calls that may take a day cost half at providers that take batches. Upload a file of calls as OpenAI
        has it, for any model that is served here: such providers get them, all others are called one by one,
        in quiet hours if you set them (<code>batch.windows</code>). Each call stands in the ledger once.
      </p>
      <CodeBlock code={sample(window.location.origin)} label="A batch with OpenAI's SDK" />
    </EmptyState>
  );
}
