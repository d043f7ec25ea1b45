// Where things are. Paths are relative to the server's origin.
import type { StreamId } from './offset.ts';

const stream = '/api/ai-chat/stream';
const streams = `${stream}s`;
const streamById = (streamId: StreamId) => `${streams}/${encodeURIComponent(streamId)}`;

const stop = (streamId: StreamId) => `${streamById(streamId)}/stop`;

/** Builds the paths that a reader of streams calls: all that its bundle needs. */
export const streamRoutes = { stream, streams, streamById, stop } as const;

/** Builds the path of every route that a client calls. */
export const routes = {
  stream,
  streams,
  streamById,
  stop,
  streamSse: '/api/ai-chat/stream-sse',
  sessions: '/api/ai-chat/sessions',
  session: (sessionId: string) => `/api/ai-chat/sessions/${encodeURIComponent(sessionId)}`,
  exportSession: (sessionId: string, format: 'markdown' | 'json') =>
    `/api/ai-chat/sessions/${encodeURIComponent(sessionId)}/export?format=${format}`,
  feed: '/api/ai-chat/feed',
  config: '/api/ai-chat/config',
  ticket: '/api/auth/ticket',
} as const;

/** Names the headers of the protocol, as they are written. */
export const headers = {
  streamId: 'Stream-Id',
  lastEventId: 'Last-Event-ID',
  idempotencyKey: 'Idempotency-Key',
} as const;
