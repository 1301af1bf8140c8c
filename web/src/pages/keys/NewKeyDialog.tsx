import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { adminKey, setAdminKey } from '../../api/admin-key.ts';
import { createKey } from '../../api/queries.ts';
import type { CreatedKey, KeyScope } from '../../api/types.ts';
import { Dialog } from '../../components/controls/Dialog.tsx';
import { LimitFields } from './LimitFields.tsx';
import { faultsOf, limitsOf, NO_LIMITS } from './limits-input.ts';
import { SecretOnce } from './SecretOnce.tsx';
import { parseTags } from './tags-input.ts';

interface NewKeyDialogProps {
  /** No key opens calls yet: with this one the gateway begins to ask for keys. */
  readonly first: boolean;
  readonly onClose: () => void;
}

const DAY_MS = 86_400_000;
const LIFETIMES = [
  ['', 'Never'],
  ['30', 'In 30 days'],
  ['90', 'In 90 days'],
  ['365', 'In a year'],
] as const;

export function NewKeyDialog({ first, onClose }: NewKeyDialogProps) {
  const queryClient = useQueryClient();
  const [created, setCreated] = useState<CreatedKey | null>(null);
  const create = useMutation({
    mutationFn: createKey,
    onSuccess: (answer) => {
      setCreated(answer);
      // With the first admin key the server begins to ask for one: this tab should go on.
      if (answer.key.scope === 'admin' && adminKey() === null) setAdminKey(answer.secret);
      return queryClient.invalidateQueries();
    },
  });
  if (created) return <SecretOnce created={created} onClose={onClose} />;
  return (
    <Dialog title="New key" onClose={onClose}>
      <KeyForm
        first={first}
        busy={create.isPending}
        error={create.error}
        onCancel={onClose}
        onSubmit={create.mutate}
      />
    </Dialog>
  );
}

interface KeyFormProps {
  readonly first: boolean;
  readonly busy: boolean;
  readonly error: Error | null;
  readonly onCancel: () => void;
  readonly onSubmit: (key: Parameters<typeof createKey>[0]) => void;
}

function KeyForm({ first, busy, error, onCancel, onSubmit }: KeyFormProps) {
  const [name, setName] = useState('');
  const [team, setTeam] = useState('');
  const [user, setUser] = useState('');
  const [tagText, setTagText] = useState('');
  const [scope, setScope] = useState<KeyScope>('call');
  const [days, setDays] = useState('');
  const [limitInput, setLimitInput] = useState(NO_LIMITS);
  const tags = parseTags(tagText);
  // An admin key makes no calls.
  const faults = scope === 'call' ? faultsOf(limitInput) : {};
  const limits = scope === 'call' ? limitsOf(limitInput) : null;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!name.trim() || tags === null || Object.keys(faults).length > 0) return;
    onSubmit({
      name: name.trim(),
      scope,
      ...(team.trim() && { team: team.trim() }),
      ...(user.trim() && { user: user.trim() }),
      ...(Object.keys(tags).length > 0 && { tags }),
      ...(days && { expiresAt: new Date(Date.now() + Number(days) * DAY_MS).toISOString() }),
      ...(limits && { limits }),
    });
  };
  return (
    <form className="stack" onSubmit={submit}>
      <label className="field">
        <span>Name</span>
        <input
          required
          maxLength={200}
          placeholder="search-prod"
          value={name}
          onChange={(e) => setName(e.target.value)}
        />
      </label>
      <div className="field-pair">
        <label className="field">
          <span>Team</span>
          <input placeholder="optional" value={team} onChange={(e) => setTeam(e.target.value)} />
        </label>
        <label className="field">
          <span>User</span>
          <input placeholder="optional" value={user} onChange={(e) => setUser(e.target.value)} />
        </label>
      </div>
      <label className="field">
        <span>Tags on each of its calls</span>
        <input
          placeholder="feature=search, env=prod"
          value={tagText}
          aria-invalid={tags === null}
          onChange={(e) => setTagText(e.target.value)}
        />
        {tags === null && <span className="field-error">Write name=value, with commas between.</span>}
      </label>
      <div className="field-pair">
        <label className="field">
          <span>Opens</span>
          <select value={scope} onChange={(e) => setScope(e.target.value === 'admin' ? 'admin' : 'call')}>
            <option value="call">Calls</option>
            <option value="admin">Administration</option>
          </select>
        </label>
        <label className="field">
          <span>Expires</span>
          <select value={days} onChange={(e) => setDays(e.target.value)}>
            {LIFETIMES.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      {scope === 'call' && <LimitFields input={limitInput} faults={faults} onChange={setLimitInput} />}
      {first && scope === 'call' && (
        <p className="banner banner-warn">
          This is the first key for calls. From then on the gateway accepts calls with such keys only.
        </p>
      )}
      {scope === 'admin' && (
        <p className="hint">
          It opens this dashboard and the management API, not calls. Once one exists, both ask for it.
        </p>
      )}
      {error && (
        <p className="field-error" role="alert">
          The key was not created: {error.message}
        </p>
      )}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" className="button button-primary" disabled={busy}>
          {busy ? 'Creating…' : 'Create key'}
        </button>
      </div>
    </form>
  );
}
