// Finds out who sends a request: by a JWT, or by the host application's own sign-in.
import { StreamError } from '@sillage/protocol';
import type { PlatformRequest } from '../platform/adapters.ts';
import type { TokenVerifier } from './tokens/token-verifier.ts';
import { type Authenticated, type User, userOf } from './user.ts';

/** Returns who sends a request; `undefined` if nobody is signed in. */
export type Authenticate = (request: PlatformRequest) => Promise<Authenticated | undefined>;

/** Injects the function. */
export const AUTHENTICATE = Symbol('Authenticate');

/** Authenticates by the JWT in the `Authorization` header. A JWT is never accepted from a URL. */
export function byToken(verifier: TokenVerifier): Authenticate {
  return async ({ headers }) => {
    const [, token] = /^Bearer +([^ ]+)$/i.exec(headers.authorization ?? '') ?? [];
    return token === undefined ? undefined : verifier.verify(token);
  };
}

/** Authenticates by a function of the host application.
 *  @throws {StreamError} `internal` if its user has no usable id. */
export function byHost(
  resolveUser: (request: never) => User | null | undefined | Promise<User | null | undefined>,
): Authenticate {
  return async (request) => {
    const resolved = await resolveUser(request as never);
    if (resolved === undefined || resolved === null) return undefined;
    const user = userOf({ ...resolved, sub: resolved.id });
    if (user !== undefined) return { user };
    const message = 'auth.resolveUser must return a user with an id: a text of 1 to 256 characters.';
    throw new StreamError('internal', message, { cause: new TypeError(message) });
  };
}
