// The signed-in user, as the claims of the JWT describe it.
import { isIdentifier } from '../database/identifier.ts';

/** A signed-in user. If the JWT lists organizations, workspaces or projects, ids outside the list are refused. */
export interface User {
  /** The JWT's `sub`. */
  readonly id: string;
  readonly organizations?: readonly string[];
  readonly workspaces?: readonly string[];
  readonly projects?: readonly string[];
}

/** Reads the user from the claims of a verified JWT; `undefined` if they have no usable `sub`. */
export function userOf(claims: Record<string, unknown>): User | undefined {
  const { sub } = claims;
  if (typeof sub !== 'string' || sub.length > 256 || !isIdentifier(sub)) return undefined;
  return {
    id: sub,
    ...listOf('organizations', claims),
    ...listOf('workspaces', claims),
    ...listOf('projects', claims),
  };
}

function listOf(name: string, claims: Record<string, unknown>): Record<string, readonly string[]> {
  const value = claims[name];
  if (value === undefined) return {};
  // A malformed list grants nothing.
  return { [name]: Array.isArray(value) ? value.filter(isIdentifier) : [] };
}
