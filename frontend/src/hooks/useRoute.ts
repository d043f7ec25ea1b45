// The open conversation, synchronized with the address and the browser's history.
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { messageIdIn, pathOf, sessionIdIn } from '../browser/address.ts';
import { createId } from '../browser/create-id.ts';
import { storedKeys, writeStored } from '../browser/stored.ts';

/** The conversation that is open. A new one has an id from the start. */
export interface Route {
  readonly sessionId: string;
  /** Whether the address named the conversation when it was opened, so that the server may have it. */
  readonly isStored: boolean;
  /** Whether the address names it now; a new conversation gets its address with its first message. */
  readonly hasAddress: boolean;
  /** The message at which the conversation is opened; absent: its end. */
  readonly messageId?: string | undefined;
}

/** Functions that navigate between conversations. */
export interface Navigation {
  readonly openNew: () => void;
  /** Opens the conversation in the address again, like a reload. */
  readonly reopen: () => void;
  readonly open: (sessionId: string, messageId?: string) => void;
  /** Sets the address to the current conversation, at its first message. */
  readonly keep: () => void;
}

/** Returns the open conversation, and the functions that navigate. */
export function useRoute(): readonly [Route, Navigation] {
  const [route, setRoute] = useState(routeOfAddress);
  const path = useRef(addressNow());

  const go = useCallback((to: string) => {
    if (addressNow() !== to) window.history.pushState(null, '', to);
    path.current = addressNow();
  }, []);

  useEffect(() => {
    const follow = () => {
      if (addressNow() === path.current) return; // a token was removed
      path.current = addressNow();
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
    (sessionId: string, messageId?: string) => {
      go(pathOf(sessionId, messageId));
      reopen();
    },
    [go, reopen],
  );
  const keep = useCallback(() => {
    go(pathOf(route.sessionId));
    writeStored(storedKeys.lastSession, route.sessionId);
    setRoute((now) => (now.hasAddress ? now : { ...now, hasAddress: true }));
  }, [go, route]);
  const navigation = useMemo(() => ({ openNew, reopen, open, keep }), [openNew, reopen, open, keep]);
  return [route, navigation];
}

function routeOfAddress(): Route {
  const sessionId = sessionIdIn(window.location.pathname);
  return sessionId === undefined
    ? { sessionId: createId(), isStored: false, hasAddress: false }
    : { sessionId, isStored: true, hasAddress: true, messageId: messageIdIn(window.location.hash) };
}

/** The path of the conversation in the address, with the message; a token and other fragments do not count. */
function addressNow(): string {
  const { pathname, hash } = window.location;
  const sessionId = sessionIdIn(pathname);
  return sessionId === undefined ? pathname : pathOf(sessionId, messageIdIn(hash));
}
