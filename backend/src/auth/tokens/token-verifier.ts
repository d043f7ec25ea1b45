// Verifies JWTs with one secret (HS256) or with the public keys of an identity provider.
import { isUtf8 } from 'node:buffer';
import { StreamError } from '@sillage/protocol';
import { type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import { type Authenticated, type ClaimNames, userOf } from '../user.ts';
import { JwksKeys, type JwksOptions } from './jwks-keys.ts';
import { tokenClaimsOf } from './token-claims.ts';
import { VerifiedTokens } from './verified-tokens.ts';

/** How tokens are signed: exactly one of `secret` and `jwksUrl`. */
export interface TokenOptions extends ClaimNames {
  readonly secret: string | undefined;
  readonly jwksUrl: string | undefined;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  /** Whether a token without `exp` is valid, without any limit. */
  readonly allowsNoExpiry?: boolean | undefined;
  /** How the keys of `jwksUrl` are fetched. */
  readonly keys?: Omit<JwksOptions, 'url'> | undefined;
}

/** Verifies tokens. The kind of key determines the accepted algorithms; the token's own `alg` does not. */
export class TokenVerifier {
  readonly #key: Uint8Array | JwksKeys;
  readonly #options: JWTVerifyOptions;
  readonly #verified = new VerifiedTokens();
  readonly #names: ClaimNames;

  constructor({ secret, jwksUrl, issuer, audience, allowsNoExpiry = false, keys, ...names }: TokenOptions) {
    this.#names = names;
    const algorithms = jwksUrl === undefined ? ['HS256'] : ['RS256', 'PS256', 'ES256', 'EdDSA'];
    this.#key = jwksUrl === undefined ? new TextEncoder().encode(secret) : new JwksKeys({ ...keys, url: jwksUrl });
    this.#options = {
      algorithms,
      ...(issuer && { issuer }),
      ...(audience && { audience }),
      requiredClaims: allowsNoExpiry ? [] : ['exp'],
    };
  }

  /** Returns the user that the token names, and its claims; `undefined` if the token is not valid now, for any reason.
   *  @throws {StreamError} `auth-unavailable` when the keys cannot be fetched. */
  async verify(token: string): Promise<Authenticated | undefined> {
    const known = this.#verified.get(token);
    if (known !== undefined) return known;
    try {
      const payload = await this.#claimsOf(token);
      const user = isUtf8(Buffer.from(token.split('.')[1] ?? '', 'base64url'))
        ? userOf(payload, this.#names)
        : undefined;
      if (user === undefined) return undefined;
      const authenticated = { user, token: tokenClaimsOf(payload) };
      this.#cache(token, authenticated);
      return authenticated;
    } catch (error) {
      if (error instanceof StreamError) throw error;
      return undefined; // a reason would only help an attacker
    }
  }

  async #claimsOf(token: string): Promise<JWTPayload> {
    const key = this.#key;
    const { payload } =
      key instanceof JwksKeys
        ? await jwtVerify(token, key.find, this.#options)
        : await jwtVerify(token, key, this.#options);
    return payload;
  }

  #cache(token: string, authenticated: Authenticated): void {
    const forMs = this.#key instanceof JwksKeys ? this.#key.trustedForMs() : Number.POSITIVE_INFINITY;
    this.#verified.add(token, authenticated, forMs);
  }
}
