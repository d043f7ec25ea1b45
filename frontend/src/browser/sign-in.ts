// How a token comes to the page: in the address (`#token=`), or pasted. It never stays in the address bar.
import { storedKeys, writeStored } from './stored.ts';

/** Takes the token out of the address, keeps it, and removes it from the address bar and the history. */
export function takeTokenFromAddress(): void {
  const { hash, pathname, search } = window.location;
  if (!new URLSearchParams(hash.replace(/^#/, '')).has('token')) return;
  window.history.replaceState(window.history.state, '', `${pathname}${search}`);
  const token = tokenIn(hash);
  if (token !== undefined) writeStored(storedKeys.token, token);
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

/** Names the person that a token is for, so that the tabs of one person know each other; never a proof of anything. */
export function personOf(token: string | undefined): string {
  try {
    const payload = token?.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? '';
    const claims: unknown = JSON.parse(atob(payload));
    return typeof claims === 'object' && claims !== null && 'sub' in claims ? String(claims.sub) : '';
  } catch {
    return '';
  }
}
