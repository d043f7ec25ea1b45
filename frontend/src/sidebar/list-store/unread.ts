// Conversations whose reply has ended while they were not on screen. The marks are shared by the tabs of this browser.
import type { Feed } from '@sillage/client';
import { useCallback, useEffect, useMemo, useSyncExternalStore } from 'react';
import { usePerson } from '../../browser/person.ts';
import { readStored, storedKeys, writeStored } from '../../browser/stored.ts';
import { useStored } from '../../browser/useStored.ts';

/** Maximum number of marks; the oldest are dropped. */
const maxMarks = 100;

/** Marks conversations while mounted, and returns the marked ones. `onEnded` is called for a reply that ended while this
 *  page was in the background. */
export function useUnread(
  feed: Feed,
  { sessionId, onEnded }: { readonly sessionId: string; readonly onEnded: (sessionId: string) => void },
): ReadonlySet<string> {
  const key = storedKeys.unread(usePerson());
  const [stored] = useStored(key);
  const marked = useMemo(() => parse(stored), [stored]);
  const isVisible = useVisible();

  const change = useCallback(
    (act: (ids: Set<string>) => void) => {
      const ids = new Set(parse(readStored(key))); // not from the state, which another tab may have changed
      act(ids);
      writeStored(key, ids.size === 0 ? undefined : JSON.stringify([...ids].slice(-maxMarks)));
    },
    [key],
  );
  useEffect(
    () =>
      feed.onChange((event) => {
        if (event.type === 'session-deleted') change((ids) => ids.delete(event.sessionId));
        if (event.type !== 'stream-ended') return;
        if (document.visibilityState !== 'visible') onEnded(event.sessionId);
        else if (event.sessionId === sessionId) return;
        change((ids) => ids.add(event.sessionId));
      }),
    [feed, sessionId, onEnded, change],
  );
  const isRead = isVisible && marked.has(sessionId);
  useEffect(() => {
    if (isRead) change((ids) => ids.delete(sessionId));
  }, [isRead, sessionId, change]);

  return marked;
}

function parse(stored: string | undefined): ReadonlySet<string> {
  try {
    const ids: unknown = JSON.parse(stored ?? '[]');
    return new Set(Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : []);
  } catch {
    return new Set(); // not written by this page
  }
}

function useVisible(): boolean {
  return useSyncExternalStore(
    (listener) => {
      document.addEventListener('visibilitychange', listener);
      return () => document.removeEventListener('visibilitychange', listener);
    },
    () => document.visibilityState === 'visible',
  );
}
