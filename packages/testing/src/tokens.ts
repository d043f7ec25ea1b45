// Tokens as a product would sign them, valid and invalid ones.
import { type JWTPayload, SignJWT } from 'jose';

/** Contents of a token; `claims` may include `iss`, `aud`, `nbf` or the lists of ids. */
export interface TokenOptions {
  secret: string;
  sub?: string;
  /** A time span of jose such as `1h`; a negative one creates an expired token. */
  expiresIn?: string;
  claims?: JWTPayload;
}

/** Signs an HS256 token. */
export function signToken({ secret, sub = 'ada', expiresIn = '1h', claims = {} }: TokenOptions): Promise<string> {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime(expiresIn)
    .sign(new TextEncoder().encode(secret));
}
