// A token that comes by a link while somebody is signed in. It changes nothing before the server has accepted it, and
// nothing without a question where it is another person's.
import { useCallback, useEffect, useState } from 'react';
import { isTokenAccepted } from '../browser/api.ts';
import { personOf } from '../browser/person.ts';
import { takeTokenFromAddress } from '../browser/sign-in.ts';
import { readStored, storedKeys, writeStored } from '../browser/stored.ts';

/** A valid token of another person, and what can be done with it. */
export interface OfferedToken {
  readonly person: string;
  readonly accept: () => void;
  readonly decline: () => void;
}

/** Takes tokens out of the address for as long as the page is open; returns the one that is to be asked about. */
export function useOfferedToken(onSwitch: () => void): OfferedToken | undefined {
  const [taken, setTaken] = useState(takeTokenFromAddress); // before the first look at what is kept
  const [asked, setAsked] = useState<string>();

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
      if (isOfAnother(taken)) setAsked(taken);
      else writeStored(storedKeys.token, taken);
    });
    return () => check.abort();
  }, [taken]);

  const decline = useCallback(() => setAsked(undefined), []);
  if (asked === undefined) return undefined;
  const accept = () => {
    setAsked(undefined);
    writeStored(storedKeys.lastSession, undefined);
    writeStored(storedKeys.token, asked);
    onSwitch();
  };
  return { person: personOf(asked), accept, decline };
}

/** Whether somebody else is signed in; a token that names nobody is nobody's. */
function isOfAnother(token: string): boolean {
  const kept = readStored(storedKeys.token);
  return kept !== undefined && personOf(kept) !== personOf(token);
}
