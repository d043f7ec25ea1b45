// The framework-free client: what an app without React imports. `@sillage/client/react` binds it as hooks.
export { type AIStream, createAIStream } from './ai-stream.ts';
export { type Conversation, type ConversationOptions, createConversation } from './conversation.ts';
export type { ConversationMessage, ConversationState } from './conversation-view.ts';
export { createFeed, type Feed, type FeedNews, type FeedOptions, type FeedState } from './feed.ts';
export {
  changeSession,
  deleteSession,
  deleteSessions,
  exportSession,
  listSessions,
  type PageOptions,
  type RouteOptions,
  readSession,
} from './json-routes.ts';
export type { AIStreamOptions } from './options.ts';
export { isStreaming, type StreamState } from './reduce.ts';
export type { StartRequest } from './start-request.ts';
export { type ClientTimings, defaultTimings } from './timings.ts';
