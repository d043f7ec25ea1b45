// The signed-in person, for all data that the page keeps per person.
import { createContext, useContext } from 'react';

/** Context with the person of the current token; constant while a part of the page is mounted. */
export const PersonContext = createContext('');

/** Returns the signed-in person. */
export function usePerson(): string {
  return useContext(PersonContext);
}

/** Returns the person that a token names. The token is not verified: the result distinguishes persons but proves no
 *  identity. */
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
