// The public API for Nest applications. Everything else may change without notice.
export { AiModule } from './ai/ai.module.ts';
export { AiService, type ChatProgress, type CompletionOptions } from './ai/ai.service.ts';
export type { AiOptions } from './ai/ai-options.ts';
export type { ModelEvent } from './ai/model-event.ts';
export { AiChatModule } from './ai-chat/ai-chat.module.ts';
export { CurrentUser } from './auth/current-user.decorator.ts';
export type { User } from './auth/user.ts';
export { type Config, ConfigError, readConfig } from './config/config.ts';
