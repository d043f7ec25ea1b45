// The durable chat as a Nest module. `AiChatModule.forRoot()` reads the settings from the environment.
import { type DynamicModule, Module } from '@nestjs/common';
import { AiModule } from '../ai/ai.module.ts';
import { AuthModule } from '../auth/auth.module.ts';
import { localSecret } from '../auth/local-sign-in.ts';
import { type Config, readConfig } from '../config/config.ts';
import { ConversationsModule } from '../conversations/conversations.module.ts';
import { DatabaseModule } from '../database/database.module.ts';
import { LimitsModule } from '../limits/limits.module.ts';
import { RedisModule } from '../redis/redis.module.ts';
import { StreamsModule } from '../streams/streams.module.ts';
import { CHAT_OPTIONS, type ChatOptions } from './chat-options.ts';
import { ErasingService } from './generation/erasing.service.ts';
import { OrphanRecovery } from './generation/orphan-recovery.ts';
import { Purger } from './generation/purger.ts';
import { RunningGenerations } from './generation/running-generations.ts';
import { Sweeper } from './generation/sweeper.ts';
import { Titler } from './generation/titler.ts';
import { AiChatController } from './http/ai-chat.controller.ts';
import { ErasingController } from './http/erasing.controller.ts';
import { FeedController } from './http/feed.controller.ts';
import { PublicConfigService } from './http/public-config.service.ts';
import { FeedResponder } from './sse/feed-responder.ts';
import { ReadingService } from './sse/reading.service.ts';
import { SseChatService } from './sse/sse-chat.service.ts';
import { StreamResponder } from './sse/stream-responder.ts';
import { ChatService } from './starting/chat.service.ts';
import { PostgresUserVersion } from './starting/postgres-user-version.ts';
import { ReplyPlanner } from './starting/reply-planner.ts';
import { StartLimits } from './starting/start-limits.ts';
import { UserLock } from './starting/user-lock.ts';
import { USER_VERSION } from './starting/user-version.ts';

/** Adds the routes under `/api` and their services to a Nest application. */
@Module({})
export class AiChatModule {
  /** Configures the module; `config` defaults to the settings of the environment.
   *  @throws {ConfigError} with every invalid setting. */
  static forRoot(config: Config = readConfig(process.env)): DynamicModule {
    const { ai, dataDir, jwt, shared, timings } = config;
    const isShared = shared !== undefined;
    return {
      module: AiChatModule,
      imports: [
        DatabaseModule.forRoot({
          databaseUrl: shared?.databaseUrl,
          dataDir,
          commitMs: timings.commitMs,
          walMs: timings.walMs,
        }),
        ...(isShared ? [RedisModule.forRoot({ url: shared.redisUrl, timeoutMs: timings.redisTimeoutMs })] : []),
        StreamsModule.forRoot({ timings, isShared }),
        LimitsModule.forRoot(config.limits),
        AuthModule.forRoot({ tokens: withLocalSecret(jwt, dataDir), tickets: { ...timings, ...config.limits } }),
        AiModule.forRoot({ ...ai, timings }),
        ConversationsModule.forRoot({ isShared, slowReaderMs: timings.slowReaderMs }),
      ],
      controllers: [AiChatController, ErasingController, FeedController],
      providers: [
        { provide: CHAT_OPTIONS, useValue: chatOptionsOf(config) },
        ChatService,
        PublicConfigService,
        ErasingService,
        FeedResponder,
        RunningGenerations,
        OrphanRecovery,
        Purger,
        ReadingService,
        SseChatService,
        StartLimits,
        StreamResponder,
        Sweeper,
        Titler,
        ReplyPlanner,
        UserLock,
        ...(isShared ? [{ provide: USER_VERSION, useClass: PostgresUserVersion }] : []),
      ],
      exports: [AiModule, RunningGenerations],
    };
  }
}

function withLocalSecret(jwt: Config['jwt'], dataDir: string): Config['jwt'] {
  return jwt.secret === undefined && jwt.jwksUrl === undefined ? { ...jwt, secret: localSecret(dataDir) } : jwt;
}

function chatOptionsOf({ ai, limits, timings }: Config): ChatOptions {
  return {
    ...limits,
    isEnabled: ai.enabled,
    isDemo: ai.apiUrl === undefined,
    models: ai.models,
    defaultModel: ai.model,
    maxTemperature: ai.maxTemperature,
    hasModelTitles: ai.titles,
    maxReply: ai.maxReply,
    timings,
  };
}
