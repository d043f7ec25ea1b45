// Who is signed in, for everything on the page that is kept by person.
import { createContext, useContext } from 'react';

/** Gives the person of the token that the page shows; it stays the same while a part of the page is mounted. */
export const PersonContext = createContext('');

/** Returns who is signed in. */
export function usePerson(): string {
  return useContext(PersonContext);
}

/** Names the person that a token is for. The page does not verify the token: this tells persons apart, and proves nothing. */
export function personOf(token: string | undefined): string {
  try {
    const payload = token?.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? '';
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === 'object' && claims !== null && 'sub' in claims ? String(claims.sub) : '';
  } catch {
    return '';
  }
}
