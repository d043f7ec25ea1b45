// The server's root module: the chat, the health checks and the error filter.
import { Controller, type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AiChatModule } from './ai-chat/ai-chat.module.ts';
import type { AiChatOptions } from './ai-chat/ai-chat-options.ts';
import { TicketController } from './auth/ticket.controller.ts';
import { ErrorFilter } from './operations/error.filter.ts';
import { HealthController } from './operations/health.controller.ts';

/** The former path of the route. */
@Controller('api/auth')
class AuthController extends TicketController {}

@Module({})
export class AppModule {
  static forRoot(options: AiChatOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [AiChatModule.forRoot({ ...options, aiSdk: {}, agUi: {} })],
      controllers: [HealthController, AuthController],
      providers: [{ provide: APP_FILTER, useClass: ErrorFilter }],
    };
  }
}
