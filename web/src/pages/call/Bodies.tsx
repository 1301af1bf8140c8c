import { useQuery } from '@tanstack/react-query';
import { aboutQuery } from '../../api/queries.ts';
import type { CallRecord } from '../../api/types.ts';
import { CodeBlock } from '../../components/controls/CodeBlock.tsx';

/** What was said, where the store keeps it, and the row as it is. */
export function Bodies({ call }: { readonly call: CallRecord }) {
  const { data: about } = useQuery(aboutQuery());
  const { requestBody, responseBody, ...row } = call;
  return (
    <section className="bodies" aria-label="Bodies and raw record">
      {requestBody !== null && <Body title="Request" text={requestBody} />}
      {responseBody !== null && <Body title="Answer" text={responseBody} />}
      {requestBody === null && responseBody === null && (
        <p className="hint">
          {about?.store?.bodies
            ? 'No bodies are kept of this call.'
            : 'Bodies are not kept. With store.bodies: true in the configuration they are, redacted by your rules.'}
        </p>
      )}
      <Body title="Ledger row" text={JSON.stringify(row)} />
    </section>
  );
}

function Body({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <details>
      <summary>{title}</summary>
      <CodeBlock code={pretty(text)} label={title} />
    </details>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
