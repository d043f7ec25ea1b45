// What authorises a response for as long as it is written: an event stream outlives the check of its request.
import type { ServerResponse } from 'node:http';
import type { Revocations } from './revocation/revocations.ts';
import type { TokenClaims } from './tokens/token-claims.ts';

/** The authorization of one response. */
export interface Authorization {
  readonly userId: string;
  /** `undefined` if the application signs users in itself. */
  readonly token: TokenClaims | undefined;
  /** When the client can no longer open another connection in the same way, in milliseconds since 1970. */
  readonly expiresAt: number | undefined;
  readonly revocations: Revocations;
}

/** Receives what happens to the authorization of an open response. */
export interface AuthorizationWatcher {
  /** Called some time before it expires. */
  readonly onExpiring: (expiresAt: Date) => void;
  readonly onRevoked: () => void;
}

/** Maximum time from the notice to the expiry; for a short authorization, a tenth of the time left. */
const noticeMs = 60_000;

/** A platform timer with a longer delay fires at once. */
const longestTimerMs = 2 ** 31 - 1;

const authorizations = new WeakMap<ServerResponse, Authorization>();

/** Stores what authorises a response. */
export function setAuthorization(response: ServerResponse, authorization: Authorization): void {
  authorizations.set(response, authorization);
}

/** Returns what authorises a response. */
export function authorizationOf(response: ServerResponse): Authorization | undefined {
  return authorizations.get(response);
}

/** Watches the authorization of an open response. Returns a function that stops watching. */
export function watchAuthorization(response: ServerResponse, watcher: AuthorizationWatcher): () => void {
  const authorization = authorizations.get(response);
  if (authorization === undefined) return () => {};
  const { userId, token, expiresAt, revocations } = authorization;
  const stopWatching = token && revocations.watch({ userId, token, onRevoked: watcher.onRevoked });
  const timer = expiresAt === undefined ? undefined : timerBefore(expiresAt, watcher.onExpiring);
  return () => {
    stopWatching?.();
    clearTimeout(timer);
  };
}

function timerBefore(expiresAt: number, onExpiring: (expiresAt: Date) => void): NodeJS.Timeout | undefined {
  const leftMs = expiresAt - Date.now();
  const delayMs = leftMs - Math.min(noticeMs, leftMs / 10);
  if (delayMs > longestTimerMs) return undefined; // the connection ends earlier, by stream_max_age
  return setTimeout(() => onExpiring(new Date(expiresAt)), delayMs);
}
