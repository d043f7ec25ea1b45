// The signed-in user, as the claims of the JWT describe it.
import { isIdentifier } from '../database/identifier.ts';
import type { TokenClaims } from './tokens/token-claims.ts';

/** A signed-in user. If the JWT lists organizations, workspaces or projects, ids outside the list are refused. */
export interface User {
  /** The JWT's `sub`, or the claim that a setting names. */
  readonly id: string;
  readonly organizations?: readonly string[];
  readonly workspaces?: readonly string[];
  readonly projects?: readonly string[];
}

/** Who sends a request. */
export interface Authenticated {
  readonly user: User;
  /** The token that identifies the user; `undefined` if the application signs users in itself. */
  readonly token?: TokenClaims;
}

/** The names of claims; by default `sub` and `organizations`. */
export interface ClaimNames {
  readonly userClaim?: string | undefined;
  /** A claim of another name than the usual one may also hold one id. */
  readonly organizationsClaim?: string | undefined;
}

/** The claim of organizations by default. */
const usualClaim = 'organizations';

/** Reads the user from the claims of a verified JWT; `undefined` if they have no usable id. */
export function userOf(
  claims: Record<string, unknown>,
  { userClaim = 'sub', organizationsClaim = usualClaim }: ClaimNames = {},
): User | undefined {
  const id = claims[userClaim];
  if (typeof id !== 'string' || id.length > 256 || !isIdentifier(id)) return undefined;
  return {
    id,
    ...listOf('organizations', organizationsIn(claims, organizationsClaim)),
    ...listOf('workspaces', claims.workspaces),
    ...listOf('projects', claims.projects),
  };
}

function organizationsIn(claims: Record<string, unknown>, claim: string): unknown {
  const value = claims[claim];
  return claim !== usualClaim && typeof value === 'string' ? [value] : value;
}

function listOf(name: string, value: unknown): Record<string, readonly string[]> {
  if (value === undefined) return {};
  // A malformed list grants nothing.
  return { [name]: Array.isArray(value) ? value.filter(isIdentifier) : [] };
}
