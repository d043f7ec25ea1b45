// The public API for Nest applications. Everything else may change without notice.
export { StreamError } from '@sillage/protocol';
export { AiModule } from './ai/ai.module.ts';
export { AiService, type ChatProgress, type CompletionOptions } from './ai/ai.service.ts';
export type { AiOptions } from './ai/ai-options.ts';
export type { ModelEvent } from './ai/model-event.ts';
export { AiChatModule } from './ai-chat/ai-chat.module.ts';
export type {
  AddedProtocol,
  AiChatOptions,
  AiChatOptionsFactory,
  AiSettings,
  AuthOptions,
  LimitSettings,
  PlacementOptions,
  StorageOptions,
} from './ai-chat/ai-chat-options.ts';
export { ChatService } from './ai-chat/chat.service.ts';
export { fromEnvironment } from './ai-chat/complete-options.ts';
export type { EndedReply, OnEnd, PlannedChat, Prepare, PreparedChat } from './ai-chat/hooks.ts';
export { CurrentUser } from './auth/current-user.decorator.ts';
export { JwtGuard } from './auth/jwt.guard.ts';
export type { User } from './auth/user.ts';
export { ConfigError } from './config/config.ts';
