/** The admin key of this browser tab. It lives as long as the tab and is sent to this server only. */
const STORAGE_KEY = 'illm.adminKey';

type Listener = () => void;
const listeners = new Set<Listener>();
let memory = readStored();
let refusal: string | null = null;

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
  refusal = null;
  try {
    sessionStorage.setItem(STORAGE_KEY, secret);
  } catch {
    // Without storage the key lasts until the page is reloaded.
  }
  changed();
}

/** Called when the server refuses the key at hand, or that there is none, with its words. */
export function refuseAdminKey(message: string): void {
  if (refusal !== null) return;
  refusal = message;
  changed();
}

/** The server's words from a refusal until a new key is set; null while there was none. */
export function adminKeyRefusal(): string | null {
  return refusal;
}

export function onAdminKeyChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
