// The two JSON routes that the page reads. Streams are read by the client package.
import {
  type ConfigAnswer,
  type RefusalCode,
  refusalStatus,
  routes,
  type SessionAnswer,
  StreamError,
} from '@sillage/protocol';
import { readStored, storedKeys } from './stored.ts';

/** Gets what the page must know about the server.
 *  @throws {StreamError} the refusal's code, or `network`, `bad-response`. */
export async function fetchConfig(signal: AbortSignal): Promise<ConfigAnswer> {
  return (await fetchJson(routes.config, signal)) as ConfigAnswer;
}

/** Gets a stored conversation; `undefined` when there is none under this id.
 *  @throws {StreamError} the refusal's code, or `network`, `bad-response`. */
export async function fetchSession(sessionId: string, signal: AbortSignal): Promise<SessionAnswer | undefined> {
  try {
    return (await fetchJson(routes.session(sessionId), signal)) as SessionAnswer;
  } catch (error) {
    if (error instanceof StreamError && error.code === 'not-found') return undefined;
    throw error;
  }
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
  const known = (Object.keys(refusalStatus) as RefusalCode[]).find((refusal) => refusal === code);
  const byStatus = status === 401 ? 'unauthorized' : status === 404 ? 'not-found' : 'bad-response';
  return new StreamError(known ?? byStatus, typeof error === 'string' ? error : `The server answered ${status}.`);
}
