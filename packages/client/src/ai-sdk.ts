// The AI SDK over Sillage streams: `useChat` with this transport resumes at the exact character. Nothing of `ai` is loaded;
// its types are those of the application, versions 5 to 7.

export {
  type ChatFields,
  type ChatTransportOptions,
  createChatTransport,
  type SillageTransport,
} from './ai-sdk/chat-transport.ts';
export type { ReplyMetadata } from './ai-sdk/reply-metadata.ts';
