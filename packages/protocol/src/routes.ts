// Where things are. Paths are relative to the server's origin.
import type { StreamId } from './offset.ts';

/** Builds the path of every route that a client calls. */
export const routes = {
  stream: '/api/ai-chat/stream',
  streamSse: '/api/ai-chat/stream-sse',
  streams: '/api/ai-chat/streams',
  streamById: (streamId: StreamId) => `/api/ai-chat/streams/${encodeURIComponent(streamId)}`,
  stop: (streamId: StreamId) => `/api/ai-chat/streams/${encodeURIComponent(streamId)}/stop`,
  session: (sessionId: string) => `/api/ai-chat/sessions/${encodeURIComponent(sessionId)}`,
  config: '/api/ai-chat/config',
  ticket: '/api/auth/ticket',
} as const;

/** Names the headers of the protocol, as they are written. */
export const headers = {
  streamId: 'Stream-Id',
  lastEventId: 'Last-Event-ID',
  idempotencyKey: 'Idempotency-Key',
} as const;
