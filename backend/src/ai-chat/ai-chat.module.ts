// The durable chat as a Nest module that stands alone: it reads nothing from the environment, provides everything in itself,
// and several configurations of it work in one process.
import {
  ConfigurableModuleBuilder,
  Inject,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { DEMO_MODEL, type DemoModel } from '../ai/ai.module.ts';
import { AiService } from '../ai/ai.service.ts';
import { AUTHENTICATE } from '../auth/authenticate.ts';
import { JwtGuard } from '../auth/jwt.guard.ts';
import { Revocations } from '../auth/revocation/revocations.ts';
import { TicketController } from '../auth/tickets/ticket.controller.ts';
import { TICKET_OPTIONS, TicketService } from '../auth/tickets/ticket.service.ts';
import { ConversationsController } from '../conversations/http/conversations.controller.ts';
import { DATABASE, type Database } from '../database/database.ts';
import { Admission } from '../limits/admission.ts';
import { UploadSlots } from '../limits/user-slots.ts';
import { TRACING } from '../observing/tracing.ts';
import { ownBodies } from '../platform/own-bodies.ts';
import { type Placement, placedControllers } from '../platform/placed-controllers.ts';
import { REDIS_LINK } from '../redis/open-redis.ts';
import type { RedisLink } from '../redis/redis-link.ts';
import { STREAM_STORE, type StreamStore } from '../streams/stream-store.ts';
import { UsageController } from '../usage/usage.controller.ts';
import { AgUiController } from './ag-ui/ag-ui.controller.ts';
import type { AiChatOptions, PlacementOptions } from './ai-chat-options.ts';
import { AiSdkController } from './ai-sdk/ai-sdk.controller.ts';
import { ChatService } from './chat.service.ts';
import { AI_CHAT_OPTIONS, chatProviders } from './chat-providers.ts';
import { RunningGenerations } from './generation/running-generations.ts';
import { AiChatController } from './http/ai-chat.controller.ts';
import { ErasingController } from './http/erasing.controller.ts';
import { FeedController } from './http/feed.controller.ts';
import { FeedResponder } from './sse/feed-responder.ts';
import { ReadingService } from './sse/reading.service.ts';

const controllers = [
  AiChatController,
  ConversationsController,
  ErasingController,
  FeedController,
  TicketController,
  UsageController,
];

/** Returns where the routes are: the chat's own, and those of the protocols that the application adds. */
function placementsOf({ path = 'api/ai-chat', aiSdk, agUi }: PlacementOptions): Placement[] {
  const placements: Placement[] = [{ path, controllers }];
  if (aiSdk) {
    placements.push({ path: aiSdk.path ?? 'api/chat', controllers: [AiSdkController] });
  }
  if (agUi) placements.push({ path: agUi.path ?? 'api/ag-ui', controllers: [AgUiController] });
  return placements;
}

const noPlacement: PlacementOptions = { path: undefined, isGlobal: undefined, aiSdk: undefined, agUi: undefined };

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<AiChatOptions>({
  optionsInjectionToken: AI_CHAT_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createAiChatOptions')
  .setExtras(noPlacement, (definition, { isGlobal = false, ...placement }) => ({
    ...definition,
    global: isGlobal,
    controllers: placementsOf(placement).flatMap(placedControllers),
    providers: [...(definition.providers ?? []), ...chatProviders],
    exports: [
      AiService,
      ChatService,
      JwtGuard,
      AUTHENTICATE,
      TRACING,
      TICKET_OPTIONS,
      TicketService,
      Revocations,
      Admission,
      UploadSlots,
      RunningGenerations,
      ReadingService,
      FeedResponder,
      STREAM_STORE,
    ],
  }))
  .build();

/** Adds the routes and their services to a Nest application. */
@Module({})
export class AiChatModule extends ConfigurableModuleClass implements NestModule, OnApplicationShutdown {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    @Inject(STREAM_STORE) private readonly store: StreamStore,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(REDIS_LINK) private readonly redis: RedisLink | undefined,
    @Inject(DEMO_MODEL) private readonly demo: DemoModel | undefined,
  ) {
    super();
  }

  /** Called before the routes are registered. */
  configure(_: MiddlewareConsumer): void {
    ownBodies(this.adapterHost.httpAdapter);
  }

  /** Closes what the services use, after them: the store before the database that it writes to. */
  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
    this.redis?.close();
    await this.database.close();
    await this.demo?.close();
  }
}
