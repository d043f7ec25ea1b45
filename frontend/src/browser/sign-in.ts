// How the page receives a token: in the address (`#token=`) or pasted. It never stays in the address bar.
import { readStored, storedKeys, writeStored } from './stored.ts';

/** Removes the token from the address bar and the history. If nobody is signed in, it is stored; otherwise it is
 *  returned and the stored token is unchanged. */
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

/** Extracts the token from pasted text: the whole link, or the token alone. */
export function parseToken(pasted: string): string | undefined {
  const text = pasted.trim();
  const hash = text.indexOf('#');
  return hash === -1 ? wellFormed(text) : tokenIn(text.slice(hash));
}

function tokenIn(hash: string): string | undefined {
  return wellFormed(new URLSearchParams(hash.replace(/^#/, '')).get('token') ?? '');
}

/** Returns `text` if it has the form of a JWT: three parts of base64url. The server would reject anything else with a
 *  less specific error. */
function wellFormed(text: string): string | undefined {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text) ? text : undefined;
}
