// Values that the page keeps in localStorage, with listeners for changes in this and other tabs. If the browser denies
// access to localStorage, values last as long as the page.

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
  /** The selected model, if there are several. */
  model: 'sillage.model',
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

/** Removes a person's data: the token, drafts and the last conversation. Theme, language and the shortcut setting
 *  remain. */
export function forgetPerson(): void {
  const staying: string[] = [storedKeys.theme, storedKeys.language, storedKeys.keys];
  const keys = storage()
    .keys()
    .filter((key) => key.startsWith('sillage.') && !staying.includes(key));
  for (const key of keys) storage().removeItem(key);
  window.dispatchEvent(new Event(changed));
}

/** Calls `listener` when a stored value changes in this or another tab; returns a function that unsubscribes. */
export function listenStored(listener: () => void): () => void {
  window.addEventListener(changed, listener);
  window.addEventListener('storage', listener);
  return () => {
    window.removeEventListener(changed, listener);
    window.removeEventListener('storage', listener);
  };
}

type Kept = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> & { keys(): string[] };

function storage(): Kept {
  try {
    const open: Storage | null = window.localStorage; // null in a web view without storage
    if (open === null) return memory;
    return {
      getItem: (key) => open.getItem(key),
      setItem: (key, value) => open.setItem(key, value),
      removeItem: (key) => open.removeItem(key),
      keys: () => Object.keys(open),
    };
  } catch {
    return memory; // the browser denies access to storage
  }
}

/** Values in memory, which last as long as the page. */
const kept = new Map<string, string>();
const memory: Kept = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => void kept.set(key, value),
  removeItem: (key) => void kept.delete(key),
  keys: () => [...kept.keys()],
};
