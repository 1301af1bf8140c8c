/** The admin key of this browser tab. It lives as long as the tab and is sent to this server only. */
const STORAGE_KEY = 'illm.adminKey';

type Listener = () => void;
const listeners = new Set<Listener>();
let memory = readStored();
let wanted = false;

function readStored(): string | null {
  try {
    return sessionStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

function changed(): void {
  for (const listener of listeners) listener();
}

export function adminKey(): string | null {
  return memory;
}

export function setAdminKey(secret: string): void {
  memory = secret;
  wanted = false;
  try {
    sessionStorage.setItem(STORAGE_KEY, secret);
  } catch {
    // Without storage the key lasts until the page is reloaded.
  }
  changed();
}

/** Called when the server refuses the key at hand. */
export function wantAdminKey(): void {
  if (wanted) return;
  wanted = true;
  changed();
}

/** True from a refusal until a new key is set. */
export function isAdminKeyWanted(): boolean {
  return wanted;
}

export function onAdminKeyChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
