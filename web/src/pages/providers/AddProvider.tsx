import type { About } from '../../api/types.ts';
import { CodeBlock } from '../../components/controls/CodeBlock.tsx';

const YAML = `# infinite-llm.yaml
providers:
  openai:    { keys: [env:OPENAI_API_KEY] }
  anthropic: { keys: [env:ANTHROPIC_API_KEY] }
  google:    { keys: [env:GEMINI_API_KEY] }
  our-vllm:  { kind: openai-compatible, baseUrl: http://vllm.internal:8000/v1, gpu: { hourlyUsd: 3.0, count: 4 } }
models:
  fast: { targets: [openai/gpt-4o-mini, google/gemini-2.5-flash], strategy: in-order }`;

/** How a provider comes in. Open while there is none with a key. */
export function AddProvider({ about }: { readonly about: About }) {
  const none = !about.providers?.some(({ keys }) => keys.length > 0);
  const file = about.config?.file;
  return (
    <details className="help add-provider" open={none}>
      <summary>Add a provider</summary>
      <p>
        {none && about.passthroughCredential
          ? 'No provider has a key here yet, so a client’s own key is passed on to the provider of its dialect. To keep keys on the server: '
          : ''}
        {file ? (
          <>
            Edit <code>{file}</code>; it is read again as soon as it changes, and a bad one never replaces a
            good one.
          </>
        ) : (
          <>
            Set <code>OPENAI_API_KEY</code>, <code>ANTHROPIC_API_KEY</code> or <code>GEMINI_API_KEY</code>{' '}
            before the start, or write a file and start with <code>--config infinite-llm.yaml</code>.
          </>
        )}
      </p>
      <CodeBlock code={YAML} label="Example configuration" />
    </details>
  );
}
