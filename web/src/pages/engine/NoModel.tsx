import { CodeBlock } from '../../components/controls/CodeBlock.tsx';
import { EmptyState } from '../../components/states/EmptyState.tsx';

const PULL = 'infinite-llm models pull smollm2-135m-instruct\ninfinite-llm serve';

const CALL = `curl ${window.location.origin}/v1/chat/completions \\
  -H 'content-type: application/json' \\
  -d '{"model": "local/smollm2-135m-instruct",
       "messages": [{"role": "user", "content": "Say hello"}]}'`;

/** How to come by an engine. */
export function NoModel() {
  return (
    <div className="panel engine-empty">
      <EmptyState title="No model on this machine yet">
        <p>
          The engine runs small models on the CPUs of this machine, and spreads a long context over the memory
          of others. Get a model, and start the server again:
        </p>
        <CodeBlock code={PULL} label="Get a model" />
        <p>Then call it as any other model:</p>
        <CodeBlock code={CALL} label="Call it" />
      </EmptyState>
    </div>
  );
}
