// Values that the page keeps in localStorage, with listeners for changes in this and other tabs, and values of one tab in
// sessionStorage. If the browser denies access to storage, values last as long as the page.

/** The keys of all stored values. public/theme.js also reads `theme`. */
export const storedKeys = {
  token: 'sillage.token',
  theme: 'sillage.theme',
  language: 'sillage.language',
  lastSession: 'sillage.last-session',
  /** `closed` if the list is hidden. */
  list: 'sillage.list',
  /** `off` if single-key shortcuts are disabled. */
  keys: 'sillage.keys',
  /** The model that was selected last, if there are several; a new conversation begins with it. */
  model: 'sillage.model',
  /** Settings of a conversation that are not yet stored on the server, as JSON. */
  settingsOf: (person: string, sessionId: string) => `sillage.settings.${prefixOf(person)}${sessionId}`,
  /** `on` if a notification is shown when a reply ends in the background. */
  notify: 'sillage.notify',
  /** Ids of the conversations whose reply has ended while they were not on screen, as JSON. */
  unread: (person: string) => `sillage.unread.${prefixOf(person)}`,
  /** Written at a sign-out, which deletes the values of every tab. */
  signedOut: 'sillage.signed-out',
  /** The unsent text of a conversation; `new` stands for a conversation without messages. */
  draft: (person: string, sessionId: string) => `sillage.draft.${prefixOf(person)}${sessionId}`,
  /** The message that was sent but not yet accepted by the server. */
  sent: (person: string, sessionId: string) => `sillage.sent.${prefixOf(person)}${sessionId}`,
} as const;

/** Returns a prefix that is never the prefix of another person's, because a `/` in the name is escaped. */
function prefixOf(person: string): string {
  return `${encodeURIComponent(person.toWellFormed())}/`;
}

const changed = 'sillage:stored';

/** Reads the value stored under `key`. */
export function readStored(key: string): string | undefined {
  return storage().getItem(key) ?? undefined;
}

/** Stores `value` under `key`, or removes it if `undefined`, and notifies every listener. */
export function writeStored(key: string, value: string | undefined): void {
  try {
    if (value === undefined || value === '') storage().removeItem(key);
    else storage().setItem(key, value);
  } catch {
    return; // quota exceeded: the earlier value is kept
  }
  window.dispatchEvent(new Event(changed));
}

/** Reads the value that this tab has stored under `key`. It survives a reload, and other tabs do not see it. */
export function readOfTab(key: string): string | undefined {
  return storage('sessionStorage').getItem(key) ?? undefined;
}

/** Stores a value of this tab. Listeners are not notified. */
export function writeOfTab(key: string, value: string): void {
  try {
    storage('sessionStorage').setItem(key, value);
  } catch {
    // Quota exceeded: the value lasts as long as the page.
  }
}

/** Removes a person's data: the token, drafts and the last conversation. Theme, language and the shortcut setting
 *  remain. */
export function forgetPerson(): void {
  writeStored(storedKeys.signedOut, 'true'); // removed below; other tabs hear both
  forgetTab();
  const staying: string[] = [storedKeys.theme, storedKeys.language, storedKeys.keys, storedKeys.notify];
  const keys = storage()
    .keys()
    .filter((key) => key.startsWith('sillage.') && !staying.includes(key));
  for (const key of keys) storage().removeItem(key);
  window.dispatchEvent(new Event(changed));
}

/** Calls `listener` when a stored value changes in this or another tab; returns a function that unsubscribes. */
export function subscribeToStored(listener: () => void): () => void {
  window.addEventListener(changed, listener);
  window.addEventListener('storage', listener);
  return () => {
    window.removeEventListener(changed, listener);
    window.removeEventListener('storage', listener);
  };
}

/** Removes the values of this tab when the person signs out in another one; returns a function that unsubscribes. */
export function forgetTabAtSignOut(): () => void {
  const hear = ({ key }: StorageEvent) => {
    if (key === storedKeys.signedOut) forgetTab();
  };
  window.addEventListener('storage', hear);
  return () => window.removeEventListener('storage', hear);
}

function forgetTab(): void {
  const { keys, removeItem } = storage('sessionStorage');
  for (const key of keys()) if (key.startsWith('sillage.')) removeItem(key);
}

type Area = 'localStorage' | 'sessionStorage';
type Kept = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> & { keys(): string[] };

function storage(area: Area = 'localStorage'): Kept {
  try {
    const open: Storage | null = window[area]; // null in a web view without storage
    if (open === null) return memory[area];
    return {
      getItem: (key) => open.getItem(key),
      setItem: (key, value) => open.setItem(key, value),
      removeItem: (key) => open.removeItem(key),
      keys: () => Object.keys(open),
    };
  } catch {
    return memory[area]; // the browser denies access to storage
  }
}

/** Values in memory, which last as long as the page. */
const memory: Record<Area, Kept> = { localStorage: inMemory(), sessionStorage: inMemory() };

function inMemory(): Kept {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
    keys: () => [...kept.keys()],
  };
}
