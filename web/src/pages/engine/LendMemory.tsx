import { CodeBlock } from '../../components/controls/CodeBlock.tsx';

const YAML = `# infinite-llm.yaml
engine:
  models: [smollm2-135m-instruct]
  kvMemory: 2GiB
  listen: 127.0.0.1:9200       # where lenders join
  machine: { hourlyUsd: 0.10 } # prices the calls by their share of its time`;

const LEND = 'infinite-llm engine lend --join 127.0.0.1:9200 --kv-memory 4GiB';

/** How a context grows beyond this machine's memory. */
export function LendMemory() {
  return (
    <details className="help">
      <summary>Make room for longer contexts</summary>
      <p>
        Other processes and machines can lend their memory: they hold a part of the KV cache and compute the
        attention to it. Between machines, set <code>INFINITE_LLM_ENGINE_SECRET</code> to the same value in
        all of them.
      </p>
      <CodeBlock code={YAML} label="Let lenders join" />
      <CodeBlock code={LEND} label="Lend memory" />
    </details>
  );
}
