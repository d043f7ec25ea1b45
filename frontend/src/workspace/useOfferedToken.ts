// A token from a link that is opened while a person is signed in. It is ignored until the server has accepted it, and
// needs a confirmation if it is another person's.
import { useCallback, useEffect, useState } from 'react';
import { isTokenAccepted } from '../browser/api.ts';
import { personOf } from '../browser/person.ts';
import { takeTokenFromAddress } from '../browser/sign-in.ts';
import { readStored, storedKeys, writeStored } from '../browser/stored.ts';

/** A valid token of another person, with the functions that accept or decline it. */
export interface OfferedToken {
  readonly person: string;
  readonly accept: () => void;
  readonly decline: () => void;
}

/** Takes tokens from the address while the page is open; returns the one that needs a confirmation. */
export function useOfferedToken(onSwitch: () => void): OfferedToken | undefined {
  const [taken, setTaken] = useState(takeTokenFromAddress); // before stored values are first read
  const [offered, setOffered] = useState<string>();

  useEffect(() => {
    const take = () => setTaken((earlier) => takeTokenFromAddress() ?? earlier);
    window.addEventListener('hashchange', take);
    return () => window.removeEventListener('hashchange', take);
  }, []);

  useEffect(() => {
    if (taken === undefined) return;
    const check = new AbortController();
    isTokenAccepted(taken, check.signal).then((isAccepted) => {
      if (check.signal.aborted) return;
      setTaken(undefined);
      if (!isAccepted) return;
      if (isOfAnother(taken)) setOffered(taken);
      else writeStored(storedKeys.token, taken);
    });
    return () => check.abort();
  }, [taken]);

  const decline = useCallback(() => setOffered(undefined), []);
  if (offered === undefined) return undefined;
  const accept = () => {
    setOffered(undefined);
    writeStored(storedKeys.lastSession, undefined);
    writeStored(storedKeys.token, offered);
    onSwitch();
  };
  return { person: personOf(offered), accept, decline };
}

/** Whether a token is for a person other than the signed-in one. */
function isOfAnother(token: string): boolean {
  const kept = readStored(storedKeys.token);
  return kept !== undefined && personOf(kept) !== personOf(token);
}
