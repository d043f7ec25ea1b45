// The open conversation, synchronized with the address and the browser's history.
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { pathOf, sessionIdIn } from '../browser/address.ts';
import { createId } from '../browser/create-id.ts';
import { storedKeys, writeStored } from '../browser/stored.ts';

/** One visit to a conversation. A new conversation has an id from the start. */
export interface Route {
  readonly sessionId: string;
  /** Whether the address named the conversation when the visit began, so that the server may have it. */
  readonly isStored: boolean;
  /** Whether the address names it now; a new conversation gets its address with its first message. */
  readonly hasAddress: boolean;
}

/** Functions that navigate between conversations. */
export interface Ways {
  readonly openNew: () => void;
  /** Starts a new visit to the conversation in the address, like a reload. */
  readonly reopen: () => void;
  readonly open: (sessionId: string) => void;
  /** Sets the address to the current conversation, at its first message. */
  readonly keep: () => void;
}

/** Returns the current visit, and the functions that navigate. */
export function useRoute(): readonly [Route, Ways] {
  const [visit, setRoute] = useState(routeOfAddress);
  const path = useRef(window.location.pathname);

  const go = useCallback((to: string) => {
    if (window.location.pathname !== to) window.history.pushState(null, '', to);
    path.current = to;
  }, []);

  useEffect(() => {
    const follow = () => {
      if (window.location.pathname === path.current) return; // only the fragment has changed
      path.current = window.location.pathname;
      setRoute(routeOfAddress());
    };
    window.addEventListener('popstate', follow);
    return () => window.removeEventListener('popstate', follow);
  }, []);

  const reopen = useCallback(() => setRoute(routeOfAddress()), []);
  const openNew = useCallback(() => {
    go('/');
    reopen();
  }, [go, reopen]);
  const open = useCallback(
    (sessionId: string) => {
      go(pathOf(sessionId));
      reopen();
    },
    [go, reopen],
  );
  const keep = useCallback(() => {
    go(pathOf(visit.sessionId));
    writeStored(storedKeys.lastSession, visit.sessionId);
    setRoute((now) => (now.hasAddress ? now : { ...now, hasAddress: true }));
  }, [go, visit]);
  const ways = useMemo(() => ({ openNew, reopen, open, keep }), [openNew, reopen, open, keep]);
  return [visit, ways];
}

function routeOfAddress(): Route {
  const sessionId = sessionIdIn(window.location.pathname);
  return sessionId === undefined
    ? { sessionId: createId(), isStored: false, hasAddress: false }
    : { sessionId, isStored: true, hasAddress: true };
}
