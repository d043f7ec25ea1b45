// The framework-free client: what an app without React imports. `@sillage/client/react` binds it as a hook.
export { type AIStream, createAIStream } from './ai-stream.ts';
export type { AIStreamOptions } from './options.ts';
export { isStreaming, type StreamState } from './reduce.ts';
export type { StartRequest } from './start-request.ts';
export { type ClientTimings, defaultTimings } from './timings.ts';
