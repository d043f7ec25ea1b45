// How a token comes to the page: in the address (`#token=`), or pasted. It never stays in the address bar.
import { readStored, storedKeys, writeStored } from './stored.ts';

/** Takes the token out of the address, and removes it from the address bar and the history. Where nobody is signed in it is
 *  kept at once; else it is returned, and nothing is changed. */
export function takeTokenFromAddress(): string | undefined {
  const { hash, pathname, search } = window.location;
  if (!new URLSearchParams(hash.replace(/^#/, '')).has('token')) return undefined;
  window.history.replaceState(window.history.state, '', `${pathname}${search}`);
  const token = tokenIn(hash);
  const kept = readStored(storedKeys.token);
  if (token === undefined || token === kept) return undefined;
  if (kept !== undefined) return token;
  writeStored(storedKeys.token, token);
  return undefined;
}

/** Finds the token in what a person pasted: the whole link, or the token alone. */
export function parseToken(pasted: string): string | undefined {
  const text = pasted.trim();
  const hash = text.indexOf('#');
  return hash === -1 ? wellFormed(text) : tokenIn(text.slice(hash));
}

function tokenIn(hash: string): string | undefined {
  return wellFormed(new URLSearchParams(hash.replace(/^#/, '')).get('token') ?? '');
}

/** A JWT: three parts of base64url. Anything else would only be refused later, with less to say about it. */
function wellFormed(text: string): string | undefined {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text) ? text : undefined;
}
