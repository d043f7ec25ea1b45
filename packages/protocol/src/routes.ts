// The paths of the routes, relative to the server's origin, and the headers.
import type { StreamId } from './offset.ts';

const stream = '/api/ai-chat/stream';
const streams = `${stream}s`;
const streamById = (streamId: StreamId) => `${streams}/${encodeURIComponent(streamId)}`;

const stop = (streamId: StreamId) => `${streamById(streamId)}/stop`;

/** The routes of streams: all that the bundle of `useAIStream` needs. */
export const streamRoutes = { stream, streams, streamById, stop } as const;

/** Every route that a client calls. */
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
  usage: '/api/ai-chat/usage',
  config: '/api/ai-chat/config',
  ticket: '/api/ai-chat/ticket',
} as const;

/** The headers of the protocol. */
export const headers = {
  streamId: 'Stream-Id',
  lastEventId: 'Last-Event-ID',
  idempotencyKey: 'Idempotency-Key',
} as const;
