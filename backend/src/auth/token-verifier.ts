// Checks JWTs: one secret (HS256), or the public keys of an identity provider.
import { createRemoteJWKSet, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type User, userOf } from './user.ts';

/** Says how tokens are signed: exactly one of `secret` and `jwksUrl`. */
export interface TokenOptions {
  readonly secret: string | undefined;
  readonly jwksUrl: string | undefined;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
}

/** Verifies tokens. The algorithms are fixed by the kind of key, never taken from the token. */
export class TokenVerifier {
  readonly #key: Uint8Array | JWTVerifyGetKey;
  readonly #options: { algorithms: string[]; issuer?: string; audience?: string };

  constructor({ secret, jwksUrl, issuer, audience }: TokenOptions) {
    const checks = { ...(issuer && { issuer }), ...(audience && { audience }) };
    if (jwksUrl !== undefined) {
      this.#key = createRemoteJWKSet(new URL(jwksUrl));
      this.#options = { algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'], ...checks };
    } else {
      this.#key = new TextEncoder().encode(secret);
      this.#options = { algorithms: ['HS256'], ...checks };
    }
  }

  /** Returns whom the token names; `undefined` for one that is not valid now, whatever the reason. */
  async verify(token: string): Promise<User | undefined> {
    try {
      const { payload } =
        this.#key instanceof Uint8Array
          ? await jwtVerify(token, this.#key, this.#options)
          : await jwtVerify(token, this.#key, this.#options);
      return userOf(payload);
    } catch {
      return undefined; // the reason would only help who tries
    }
  }
}
