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

/** How long a token that was verified is believed without being verified again, and how many are. */
const believed = { ms: 60_000, most: 1_000 };

/** Verifies tokens. The algorithms are fixed by the kind of key, never taken from the token. */
export class TokenVerifier {
  readonly #key: Uint8Array | JWTVerifyGetKey;
  readonly #options: { algorithms: string[]; issuer?: string; audience?: string };

  /** Who sends a token sends it again and again: oldest first. */
  readonly #believed = new Map<string, { readonly user: User; readonly until: number }>();

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
    const known = this.#believed.get(token);
    if (known !== undefined && Date.now() < known.until) return known.user;
    this.#believed.delete(token);
    try {
      const { payload } =
        this.#key instanceof Uint8Array
          ? await jwtVerify(token, this.#key, this.#options)
          : await jwtVerify(token, this.#key, this.#options);
      const user = userOf(payload);
      if (user !== undefined) this.#believe(token, user, payload.exp);
      return user;
    } catch {
      return undefined; // the reason would only help who tries
    }
  }

  #believe(token: string, user: User, exp = Number.POSITIVE_INFINITY): void {
    const [oldest] = this.#believed.keys();
    if (oldest !== undefined && this.#believed.size >= believed.most) this.#believed.delete(oldest);
    this.#believed.set(token, { user, until: Math.min(exp * 1_000, Date.now() + believed.ms) });
  }
}
