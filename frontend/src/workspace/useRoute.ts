// Which conversation the page is at, in step with the address and the browser's back and forward.
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { pathOf, sessionIdIn } from '../browser/address.ts';
import { createId } from '../browser/create-id.ts';
import { storedKeys, writeStored } from '../browser/stored.ts';

/** Is one stay at one conversation. A new one has its id from the start. */
export interface Route {
  readonly sessionId: string;
  /** The address named it when the visit began, so the server may know it. */
  readonly isStored: boolean;
  /** The address names it now: a new one gets its address with its first message. */
  readonly hasAddress: boolean;
}

/** Is the ways from one visit to another. */
export interface Ways {
  readonly openNew: () => void;
  /** Begins the visit that the address names anew, as a reload would. */
  readonly reopen: () => void;
  readonly open: (sessionId: string) => void;
  /** Gives the visit's conversation its address: at its first message. */
  readonly keep: () => void;
}

/** Gives the present visit, and the ways to others. */
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
