// What the page keeps in the browser (localStorage), and who hears when it changes, in this tab and in others.
// A browser that closes its storage to this page still works: what is kept lives as long as the page.

/** Names everything that is kept. `theme` is read by public/theme.js too. */
export const storedKeys = {
  token: 'sillage.token',
  theme: 'sillage.theme',
  language: 'sillage.language',
  lastSession: 'sillage.last-session',
  /** `closed` where the list is put away. */
  list: 'sillage.list',
  /** `off` where single keys are no shortcuts. */
  keys: 'sillage.keys',
  /** The model that answers, where there are several. */
  model: 'sillage.model',
  /** What a person is typing in a conversation; `new` stands for one that has no message yet. */
  draft: (person: string, sessionId: string) => `sillage.draft.${prefixOf(person)}${sessionId}`,
  /** What a person sent and the server has not yet taken. */
  sent: (person: string, sessionId: string) => `sillage.sent.${prefixOf(person)}${sessionId}`,
} as const;

/** No name makes the prefix of another: a `/` in it is escaped. */
function prefixOf(person: string): string {
  return `${encodeURIComponent(person.toWellFormed())}/`;
}

const changed = 'sillage:stored';

/** Reads what is kept under `key`. */
export function readStored(key: string): string | undefined {
  return storage().getItem(key) ?? undefined;
}

/** Keeps `value` under `key`, or forgets it when there is none, and tells every listener. */
export function writeStored(key: string, value: string | undefined): void {
  try {
    if (value === undefined || value === '') storage().removeItem(key);
    else storage().setItem(key, value);
  } catch {
    return; // full: what was kept before stands
  }
  window.dispatchEvent(new Event(changed));
}

/** Forgets what belongs to a person: the token, drafts and the last conversation. Theme, language and keys stay. */
export function forgetPerson(): void {
  const staying: string[] = [storedKeys.theme, storedKeys.language, storedKeys.keys];
  const keys = storage()
    .keys()
    .filter((key) => key.startsWith('sillage.') && !staying.includes(key));
  for (const key of keys) storage().removeItem(key);
  window.dispatchEvent(new Event(changed));
}

/** Calls `listener` whenever something kept has changed, here or in another tab; returns what ends that. */
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
    return memory; // the browser closes storage to this page
  }
}

/** Keeps values until the page is closed. */
const kept = new Map<string, string>();
const memory: Kept = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => void kept.set(key, value),
  removeItem: (key) => void kept.delete(key),
  keys: () => [...kept.keys()],
};
