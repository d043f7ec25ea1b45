// Every path of the routes, relative to the server's origin.
import type { StreamId } from './offset.ts';
import { stop, stream, streamById, streams } from './stream-routes.ts';

/** Every route that a client calls. */
export const routes = {
  stream,
  streams,
  streamById,
  stop,
  timeline: (streamId: StreamId) => `${streamById(streamId)}/timeline`,
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
