// Requests to this page's server, other than those for streams, the feed and open conversations.
import { deleteSession, readSession } from '@sillage/client';
import {
  type ConfigAnswer,
  errorStatus,
  type RefusalCode,
  routes,
  type SessionSummary,
  StreamError,
  type StreamErrorCode,
} from '@sillage/protocol';
import { readStored, storedKeys } from './stored.ts';

/** Connection options for the server of this page: same origin, with the token of the signed-in person. */
export const server = { getToken: () => readStored(storedKeys.token) } as const;

/** Fetches the server's configuration.
 *  @throws {StreamError} the code of the error response, or `network`, `bad-response`. */
export async function fetchConfig(signal: AbortSignal): Promise<ConfigAnswer> {
  return (await fetchJson(routes.config, signal)) as ConfigAnswer;
}

/** Whether the server accepts a token; `false` also if the server does not respond. */
export async function isTokenAccepted(token: string, signal: AbortSignal): Promise<boolean> {
  const response = await fetch(routes.config, { signal, headers: { authorization: `Bearer ${token}` } }).catch(
    () => undefined,
  );
  return response?.ok === true;
}

/** Fetches the list entry of one conversation; `undefined` if it does not exist.
 *  @throws {StreamError} the code of the error response, or `network`. */
export async function fetchSummary(sessionId: string, signal: AbortSignal): Promise<SessionSummary | undefined> {
  try {
    const { title, createdAt, updatedAt, activeStreamId } = await readSession(sessionId, {
      ...server,
      limit: 1,
      signal,
    });
    return { sessionId, title, createdAt, updatedAt, ...(activeStreamId !== undefined && { activeStreamId }) };
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

async function fetchJson(path: string, signal: AbortSignal): Promise<unknown> {
  const token = readStored(storedKeys.token);
  const response = await reach(path, {
    signal,
    headers: { accept: 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw refusalOf(response.status, body);
  if (typeof body !== 'object' || body === null) throw new StreamError('bad-response', `${path} did not answer JSON.`);
  return body;
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (cause) {
    throw new StreamError('network', 'The server cannot be reached.', { cause });
  }
}

function refusalOf(status: number, body: unknown): StreamError {
  const { code, error } = (body ?? {}) as Record<string, unknown>;
  const known = (Object.keys(errorStatus) as RefusalCode[]).find((refusal) => refusal === code);
  const byStatus = status === 401 ? 'unauthorized' : status === 404 ? 'not-found' : 'bad-response';
  return new StreamError(known ?? byStatus, typeof error === 'string' ? error : `The server answered ${status}.`);
}
