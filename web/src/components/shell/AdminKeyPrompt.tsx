import { useState, useSyncExternalStore, type FormEvent } from 'react';
import { adminKey, adminKeyRefusal, onAdminKeyChange, setAdminKey } from '../../api/admin-key.ts';
import { Dialog } from '../controls/Dialog.tsx';

/** Opens when the server refuses for want of an admin key, and stays until one is given. */
export function AdminKeyPrompt() {
  const refusal = useSyncExternalStore(onAdminKeyChange, adminKeyRefusal);
  const [secret, setSecret] = useState('');
  if (refusal === null) return null;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!secret.trim()) return;
    setAdminKey(secret.trim());
    setSecret('');
  };
  return (
    <Dialog title="Admin key" onClose={null}>
      <form onSubmit={submit} className="stack">
        {adminKey() === null ? (
          <p>This server shows its ledger only to holders of an admin key.</p>
        ) : (
          <p className="field-error" role="alert">
            {refusal}
          </p>
        )}
        <label className="field">
          <span>Key</span>
          <input
            type="password"
            autoComplete="off"
            spellCheck={false}
            placeholder="sk-illm-…"
            value={secret}
            onChange={(event) => setSecret(event.target.value)}
          />
        </label>
        <p className="hint">
          It is kept in this tab only, until you close it. Without one: create it on the server with{' '}
          <code>infinite-llm keys create NAME --admin</code>, or set <code>INFINITE_LLM_ADMIN_KEY</code>.
        </p>
        <div className="dialog-actions">
          <button type="submit" className="button button-primary">
            Continue
          </button>
        </div>
      </form>
    </Dialog>
  );
}
