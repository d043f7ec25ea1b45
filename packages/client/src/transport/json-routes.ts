// Requests whose response is no stream: conversations, their list, usage and configuration. They are not retried.
import {
  type ConfigResponse,
  routes,
  type SessionChange,
  type SessionResponse,
  type SessionSummary,
  type SessionsResponse,
  type StreamId,
  streamRoutes,
  type TimelineResponse,
  type UsageResponse,
} from '@sillage/protocol';
import type { ServerOptions } from '../options.ts';
import { request, streamErrorOf } from './request.ts';

/** How to reach the server, and a signal that aborts the request. */
export interface RouteOptions extends ServerOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Which page to load: `before` takes the `next` of the previous page. */
export interface PageOptions extends RouteOptions {
  readonly before?: string | undefined;
  readonly limit?: number | undefined;
}

/** Reads what a page must know before it sends anything. */
export function readConfig(options: RouteOptions = {}): Promise<ConfigResponse> {
  return fetchJson(routes.config, options);
}

/** Reads what the user has used, and the limits. */
export function readUsage(options: RouteOptions = {}): Promise<UsageResponse> {
  return fetchJson(routes.usage, options);
}

/** Reads when the text of a reply was read from the provider, stored, and written to readers. */
export function readTimeline(streamId: StreamId, options: RouteOptions = {}): Promise<TimelineResponse> {
  return fetchJson(routes.timeline(streamId), options);
}

/** Lists the user's conversations, pinned ones first, then last changed first; `search` looks in titles and texts.
 *  @throws {StreamError} as every function here: the error response, or `network` when there was none. */
export function listSessions(
  options: PageOptions & { readonly search?: string | undefined } = {},
): Promise<SessionsResponse> {
  const { before, limit, search } = options;
  return fetchJson(`${routes.sessions}${queryOf({ before, limit, search })}`, options);
}

/** Loads a conversation with a page of its messages. */
export function readSession(sessionId: string, options: PageOptions = {}): Promise<SessionResponse> {
  const { before, limit } = options;
  return fetchJson(`${routes.session(sessionId)}${queryOf({ before, limit })}`, options);
}

/** Changes the given fields: the title, the branch that is shown, whether the conversation is pinned, the
 *  user's own settings of it. */
export function changeSession(
  sessionId: string,
  { change, ...options }: RouteOptions & { readonly change: SessionChange },
): Promise<SessionSummary> {
  return fetchJson(routes.session(sessionId), options, {
    method: 'PATCH',
    body: JSON.stringify(change),
    headers: { 'Content-Type': 'application/json' },
  });
}

/** Stops a reply, wherever it was started. */
export async function stopReply(streamId: StreamId, options: RouteOptions = {}): Promise<void> {
  await sendTo(streamRoutes.stop(streamId), options, { method: 'POST' });
}

/** Deletes a conversation for good, and stops its reply. */
export async function deleteSession(sessionId: string, options: RouteOptions = {}): Promise<void> {
  await sendTo(routes.session(sessionId), options, { method: 'DELETE' });
}

/** Deletes everything that the user has. */
export async function deleteSessions(options: RouteOptions = {}): Promise<void> {
  await sendTo(routes.sessions, options, { method: 'DELETE' });
}

/** Exports a conversation as a file. */
export async function exportSession(
  sessionId: string,
  { format, ...options }: RouteOptions & { readonly format: 'markdown' | 'json' },
): Promise<Blob> {
  return (await sendTo(routes.exportSession(sessionId, format), options)).blob();
}

async function fetchJson<Body>(path: string, options: RouteOptions, init?: Init): Promise<Body> {
  return (await sendTo(path, options, init)).json();
}

async function sendTo(path: string, { signal, ...options }: RouteOptions, init: Init = {}): Promise<Response> {
  try {
    return await request(path, options, { ...init, ...(signal && { signal }) });
  } catch (error) {
    throw streamErrorOf(error);
  }
}

interface Init {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

function queryOf(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.toString(); // `size` is missing in React Native
  return text && `?${text}`;
}
