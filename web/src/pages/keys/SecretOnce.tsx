import type { CreatedKey } from '../../api/types.ts';
import { CodeBlock } from '../../components/controls/CodeBlock.tsx';
import { CopyButton } from '../../components/controls/CopyButton.tsx';
import { Dialog } from '../../components/controls/Dialog.tsx';

/** The only sight of a new key's secret. */
export function SecretOnce({
  created: { key, secret },
  onClose,
}: {
  readonly created: CreatedKey;
  readonly onClose: () => void;
}) {
  return (
    <Dialog title={`Key ${key.name}`} onClose={onClose}>
      <div className="stack">
        <p>Copy it now: only a hash of it is kept, so it cannot be shown again.</p>
        <div className="secret">
          <code>{secret}</code>
          <CopyButton text={secret} label="Copy the key" />
        </div>
        {key.scope === 'call' ? (
          <>
            <p>Clients send it where they sent the provider's key:</p>
            <CodeBlock
              label="Use the key"
              code={`OPENAI_BASE_URL=${window.location.origin}/v1\nOPENAI_API_KEY=${secret}`}
            />
          </>
        ) : (
          <p className="hint">
            The dashboard and the management API now ask for an admin key. This tab has one.
          </p>
        )}
        <div className="dialog-actions">
          <button type="button" className="button button-primary" onClick={onClose}>
            Done
          </button>
        </div>
      </div>
    </Dialog>
  );
}
