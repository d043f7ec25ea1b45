// The paths of the routes of streams, relative to the server's origin: all that the bundle of `useAIStream` needs. A bundler
// puts them where they are used, as it does not with the fields of an object.
import type { StreamId } from './offset.ts';

/** Starts a stream and reads it. */
export const stream = '/api/ai-chat/stream';

/** Starts a stream without reading it. */
export const streams = '/api/ai-chat/streams';

/** Reads a stream. */
export const streamById = (streamId: StreamId) => `${streams}/${encodeURIComponent(streamId)}`;

/** Stops a stream. */
export const stop = (streamId: StreamId) => `${streamById(streamId)}/stop`;
