// The AI SDK over Sillage streams: `useChat` with this transport resumes at the exact character. The module loads nothing of
// `ai`, and takes the types of the application's version, 5 to 7.

export {
  type ChatFields,
  type ChatTransportOptions,
  createChatTransport,
  type SillageTransport,
} from './ai-sdk/chat-transport.ts';
export type { ReplyMetadata } from './ai-sdk/reply-metadata.ts';
