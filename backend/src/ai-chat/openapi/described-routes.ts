// What the OpenAPI document says about each route. A test compares the list with the routes of the running server.
import type { z } from 'zod';
import type { requestSchemas as schemas } from './request-schemas.ts';
import { requestSchemas } from './request-schemas.ts';
import type { responseSchemas } from './response-schemas.ts';

/** A schema of the document; empty: any text. */
type SchemaName = keyof typeof responseSchemas | '';

/** One route. */
export interface RouteDescription {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  readonly path: string;
  readonly summary: string;
  /** Whether it needs no token. */
  readonly isOpen?: boolean;
  readonly query?: z.ZodType;
  readonly headers?: readonly string[];
  readonly body?: keyof (typeof schemas)['bodies'];
  /** By status: the schema of each content type; `null` for none. */
  readonly responses: Readonly<Record<string, Readonly<Record<string, SchemaName>> | null>>;
}

const { queries } = requestSchemas;
const chat = '/api/ai-chat';
const json = (name: SchemaName) => ({ 'application/json': name });
const frames = { 200: { 'text/event-stream': 'Frame' }, 204: null } as const;
const otherFrames = { 200: { 'text/event-stream': '' }, 204: null } as const;
const idempotency = ['Idempotency-Key'];
const resume = ['Last-Event-ID'];

/** Every route of the server. */
export const describedRoutes: readonly RouteDescription[] = [
  {
    method: 'post',
    path: `${chat}/stream`,
    summary: 'Starts a stream and reads it.',
    headers: [...idempotency, ...resume],
    body: 'ChatRequest',
    responses: frames,
  },
  {
    method: 'get',
    path: `${chat}/stream-sse`,
    summary: 'Starts a stream and reads it, for EventSource. The chat request is in the query.',
    query: queries.chat,
    headers: [...idempotency, ...resume],
    responses: frames,
  },
  {
    method: 'post',
    path: `${chat}/streams`,
    summary: 'Starts a stream without reading it.',
    headers: idempotency,
    body: 'ChatRequest',
    responses: { 201: json('Start') },
  },
  {
    method: 'get',
    path: `${chat}/streams/{streamId}`,
    summary: 'Reads a stream from Last-Event-ID, `after` or its start.',
    query: queries.read,
    headers: resume,
    responses: frames,
  },
  {
    method: 'post',
    path: `${chat}/streams/{streamId}/stop`,
    summary: 'Stops a stream, and returns its end.',
    responses: { 200: json('Stop') },
  },
  {
    method: 'get',
    path: `${chat}/streams/{streamId}/timeline`,
    summary: 'Returns when the text of a stream was read from the provider, stored, and written to readers.',
    responses: { 200: json('Timeline') },
  },
  {
    method: 'get',
    path: `${chat}/config`,
    summary: 'Returns what a page must know.',
    responses: { 200: json('Config') },
  },
  {
    method: 'get',
    path: `${chat}/usage`,
    summary: 'Returns what the user has used, and the limits.',
    responses: { 200: json('Usage') },
  },
  {
    method: 'get',
    path: `${chat}/sessions`,
    summary: 'Lists conversations, pinned ones first, then last changed first.',
    query: queries.sessions,
    responses: { 200: json('Sessions') },
  },
  { method: 'delete', path: `${chat}/sessions`, summary: 'Deletes all data of the user.', responses: { 204: null } },
  {
    method: 'get',
    path: `${chat}/sessions/{sessionId}`,
    summary: 'Returns a conversation with a page of its messages.',
    query: queries.messages,
    responses: { 200: json('Session') },
  },
  {
    method: 'patch',
    path: `${chat}/sessions/{sessionId}`,
    summary: 'Renames or pins a conversation, or sets the branch shown.',
    body: 'SessionChange',
    responses: { 200: json('SessionSummary') },
  },
  {
    method: 'delete',
    path: `${chat}/sessions/{sessionId}`,
    summary: 'Deletes a conversation.',
    responses: { 204: null },
  },
  {
    method: 'get',
    path: `${chat}/sessions/{sessionId}/export`,
    summary: 'Writes a conversation as a file.',
    query: queries.exported,
    responses: { 200: { 'text/markdown': '', 'application/json': '' } },
  },
  {
    method: 'get',
    path: `${chat}/feed`,
    summary: 'Reads what changes in the conversations of the user, on any device.',
    query: queries.ticket,
    headers: resume,
    responses: { 200: { 'text/event-stream': 'FeedFrame' } },
  },
  {
    method: 'post',
    path: `${chat}/ticket`,
    summary: 'Issues a ticket for EventSource.',
    responses: { 201: json('Ticket') },
  },
  {
    method: 'post',
    path: '/api/auth/ticket',
    summary: 'The former path of the same.',
    responses: { 201: json('Ticket') },
  },
  {
    method: 'post',
    path: '/api/auth/revoke',
    summary:
      'Revokes a token, or the tokens of a user. Needs ADMIN_TOKEN in place of a JWT; without that setting it is 404.',
    body: 'Revocation',
    responses: { 204: null },
  },
  {
    method: 'post',
    path: '/api/chat',
    summary: 'Starts or finds a reply, as a UI message stream of the AI SDK.',
    body: 'UiMessageRequest',
    responses: otherFrames,
  },
  {
    method: 'get',
    path: '/api/chat/{sessionId}/stream',
    summary: 'Reads the reply under way of a chat of the AI SDK.',
    responses: otherFrames,
  },
  {
    method: 'post',
    path: '/api/chat/{sessionId}/stop',
    summary: 'Stops the reply under way of a chat of the AI SDK.',
    responses: { 200: json('Stop'), 204: null },
  },
  {
    method: 'post',
    path: '/api/ag-ui',
    summary: 'Runs an AG-UI agent: starts or finds a reply.',
    body: 'RunAgentInput',
    responses: otherFrames,
  },
  {
    method: 'get',
    path: '/health/live',
    summary: 'Whether the process runs.',
    isOpen: true,
    responses: { 200: json('') },
  },
  {
    method: 'get',
    path: '/health/ready',
    summary: 'Whether the node accepts new streams.',
    isOpen: true,
    responses: { 200: json(''), 503: json('') },
  },
  {
    method: 'get',
    path: '/metrics',
    summary: 'Metrics for Prometheus.',
    isOpen: true,
    responses: { 200: { 'text/plain': '' } },
  },
  {
    method: 'get',
    path: '/api/openapi.json',
    summary: 'This document.',
    isOpen: true,
    responses: { 200: json('') },
  },
  {
    method: 'get',
    path: '/api/docs',
    summary: 'This document as a page.',
    isOpen: true,
    responses: { 200: { 'text/html': '' } },
  },
];
