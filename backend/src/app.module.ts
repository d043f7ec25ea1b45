// The server's root module: the chat, the health checks and the error filter.
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AiChatModule } from './ai-chat/ai-chat.module.ts';
import { ErrorFilter } from './ai-chat/http/error.filter.ts';
import type { Config } from './config/config.ts';
import { HealthController } from './operations/health.controller.ts';

@Module({})
export class AppModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [AiChatModule.forRoot(config)],
      controllers: [HealthController],
      providers: [{ provide: APP_FILTER, useClass: ErrorFilter }],
    };
  }
}
