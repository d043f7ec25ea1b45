// Requests to this page's server, other than those for streams, the feed and open conversations.
import { deleteSession, readConfig, readSession } from '@sillage/client';
import { type SessionSummary, StreamError, type StreamErrorCode } from '@sillage/protocol';
import { readStored, storedKeys } from './stored.ts';

/** Connection options for the server of this page: same origin, with the token of the signed-in person. */
export const server = { getToken: () => readStored(storedKeys.token) } as const;

/** Whether the server accepts a token; `false` also if the server does not respond. */
export function isTokenAccepted(token: string, signal: AbortSignal): Promise<boolean> {
  return readConfig({ getToken: () => token, signal }).then(
    () => true,
    () => false,
  );
}

/** Fetches the list entry of one conversation; `undefined` if it does not exist.
 *  @throws {StreamError} the code of the error response, or `network`. */
export async function fetchSummary(sessionId: string, signal: AbortSignal): Promise<SessionSummary | undefined> {
  try {
    const { messages, leafId, next, ...summary } = await readSession(sessionId, { ...server, limit: 1, signal });
    return summary;
  } catch (error) {
    if (codeOf(error) === 'not-found') return undefined;
    throw error;
  }
}

/** Deletes a conversation permanently. A conversation that no longer exists is not an error. The request continues if
 *  the page is closed.
 *  @throws {StreamError} the code of the error response, or `network`. */
export async function deleteForGood(sessionId: string): Promise<void> {
  try {
    await deleteSession(sessionId, { ...server, fetch: (input, init) => fetch(input, { ...init, keepalive: true }) });
  } catch (error) {
    if (codeOf(error) !== 'not-found') throw error;
  }
}

/** Returns the error code of a thrown value; `internal` for anything but a `StreamError`. */
export function codeOf(error: unknown): StreamErrorCode {
  return error instanceof StreamError ? error.code : 'internal';
}
