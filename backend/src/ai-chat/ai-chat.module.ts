// The durable chat for a Nest application. Reads the settings by itself: `AiChatModule.forRoot()`.
import { type DynamicModule, Module } from '@nestjs/common';
import { AiModule } from '../ai/ai.module.ts';
import { AuthModule } from '../auth/auth.module.ts';
import { localSecret } from '../auth/local-sign-in.ts';
import { type Config, readConfig } from '../config.ts';
import { ConversationsModule } from '../conversations/conversations.module.ts';
import { DatabaseModule } from '../database/database.module.ts';
import { RedisModule } from '../redis/redis.module.ts';
import { StreamsModule } from '../streams/streams.module.ts';
import { AiChatController } from './ai-chat.controller.ts';
import { ChatService } from './chat.service.ts';
import { CHAT_OPTIONS, type ChatOptions } from './chat-options.ts';
import { ConfigService } from './config.service.ts';
import { ErasingController } from './erasing.controller.ts';
import { ErasingService } from './erasing.service.ts';
import { FeedController } from './feed.controller.ts';
import { FeedResponder } from './feed-responder.ts';
import { Generations } from './generations.ts';
import { Orphans } from './orphans.ts';
import { PostgresTurnGuard } from './postgres-turn-guard.ts';
import { ReadingService } from './reading.service.ts';
import { SseChatService } from './sse-chat.service.ts';
import { StartLimits } from './start-limits.ts';
import { StreamResponder } from './stream-responder.ts';
import { Titler } from './titler.ts';
import { TURN_GUARD } from './turn-guard.ts';
import { TurnPlanner } from './turn-planner.ts';
import { UserTurns } from './user-turns.ts';

/** Brings the routes under `/api`, and all that is behind them, into a Nest application. */
@Module({})
export class AiChatModule {
  /** Uses the settings of the environment unless others are given.
   *  @throws {ConfigError} that names every bad setting. */
  static forRoot(config: Config = readConfig(process.env)): DynamicModule {
    const { ai, dataDir, jwt, shared, timings } = config;
    const isShared = shared !== undefined;
    return {
      module: AiChatModule,
      imports: [
        DatabaseModule.forRoot({ databaseUrl: shared?.databaseUrl, dataDir, commitMs: timings.commitMs }),
        ...(isShared ? [RedisModule.forRoot({ url: shared.redisUrl, answerMs: timings.redisAnswerMs })] : []),
        StreamsModule.forRoot({ timings, isShared }),
        AuthModule.forRoot({ tokens: withLocalSecret(jwt, dataDir), tickets: timings }),
        AiModule.forRoot({ ...ai, timings }),
        ConversationsModule.forRoot({ isShared }),
      ],
      controllers: [AiChatController, ErasingController, FeedController],
      providers: [
        { provide: CHAT_OPTIONS, useValue: chatOptionsOf(config) },
        ChatService,
        ConfigService,
        ErasingService,
        FeedResponder,
        Generations,
        Orphans,
        ReadingService,
        SseChatService,
        StartLimits,
        StreamResponder,
        Titler,
        TurnPlanner,
        UserTurns,
        ...(isShared ? [{ provide: TURN_GUARD, useClass: PostgresTurnGuard }] : []),
      ],
      exports: [AiModule, Generations],
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
