// The framework-free client, for applications without React. `@sillage/client/react` provides hooks.

export { type Conversation, type ConversationOptions, createConversation } from './conversation/conversation.ts';
export type { ConversationMessage, ConversationState } from './conversation/conversation-view.ts';
export { createFeed, type Feed, type FeedOptions, type FeedState } from './feed/feed.ts';
export type { FeedChange } from './feed/feed-connection.ts';
export type { AIStreamOptions, ServerOptions } from './options.ts';
export { createStore, type Store } from './store.ts';
export { type AIStream, createAIStream } from './stream/ai-stream.ts';
export { isStreaming, type StreamState } from './stream/reduce.ts';
export type { StartRequest } from './stream/start-request.ts';
export { type ClientTimings, defaultTimings } from './timings.ts';
export {
  changeSession,
  deleteSession,
  deleteSessions,
  exportSession,
  listSessions,
  type PageOptions,
  type RouteOptions,
  readConfig,
  readSession,
  readTimeline,
  readUsage,
  stopReply,
} from './transport/json-routes.ts';
