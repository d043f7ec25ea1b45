// The claims that tell one token of a user from another, and when it was valid.

/** What identifies a token. Times in seconds since 1970, as in the JWT. */
export interface TokenClaims {
  readonly jti?: string;
  readonly iat?: number;
  readonly exp?: number;
}

/** Reads the claims of a verified JWT; a malformed one counts as absent. */
export function tokenClaimsOf({ jti, iat, exp }: Readonly<Record<string, unknown>>): TokenClaims {
  return {
    ...(typeof jti === 'string' && { jti }),
    ...(isTime(iat) && { iat }),
    ...(isTime(exp) && { exp }),
  };
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
