// The providers of `AiChatModule`, which chooses the adapters: the database, the store, the search.
import type { Provider } from '@nestjs/common';
import { DEMO_MODEL, type DemoModel } from '../ai/ai.module.ts';
import { AiService } from '../ai/ai.service.ts';
import { AI_OPTIONS } from '../ai/ai-options.ts';
import { ContextFitter } from '../ai/context/context-fitter.ts';
import { TokenCounts } from '../ai/context/token-counts.ts';
import { startDemoModel } from '../ai/demo/demo-model.ts';
import { AUTHENTICATE } from '../auth/authenticate.ts';
import { JwtGuard } from '../auth/jwt.guard.ts';
import { REVOCATION_OPTIONS, Revocations } from '../auth/revocation/revocations.ts';
import { TICKET_OPTIONS, type TicketOptions, TicketService } from '../auth/tickets/ticket.service.ts';
import { conversationProviders } from '../conversations/conversation-providers.ts';
import { DOWNLOAD_OPTIONS } from '../conversations/reading/conversation-downloads.ts';
import { SETTING_LIMITS } from '../conversations/session-settings.ts';
import { DATABASE, type Database } from '../database/database.ts';
import { openDatabase } from '../database/open-database.ts';
import { placeOf } from '../database/place-of.ts';
import { limitProviders } from '../limits/limit-providers.ts';
import { LIMITS } from '../limits/limits.ts';
import { SHARED_COUNTS, SharedCounts } from '../limits/shared/shared-counts.ts';
import { OBSERVER } from '../observing/observer.ts';
import { globalTracing, TRACING, type Tracing } from '../observing/tracing.ts';
import { openRedis, REDIS_LINK } from '../redis/open-redis.ts';
import type { RedisLink } from '../redis/redis-link.ts';
import { openStore } from '../streams/open-store.ts';
import { StreamDirectory } from '../streams/stream-directory.ts';
import { StreamRemoval } from '../streams/stream-removal.ts';
import { STREAM_STORE } from '../streams/stream-store.ts';
import { TokenQuota } from '../usage/token-quota.ts';
import { UsageService } from '../usage/usage.service.ts';
import { UsageDays } from '../usage/usage-days.ts';
import { UsageMeter } from '../usage/usage-meter.ts';
import { USAGE_OPTIONS } from '../usage/usage-options.ts';
import { ChatService } from './chat.service.ts';
import { CHAT_OPTIONS } from './chat-options.ts';
import {
  authenticateOf,
  COMPLETE_OPTIONS,
  type CompleteOptions,
  chatOptionsOf,
  completeOptions,
  revocationOptionsOf,
  usageOptionsOf,
} from './complete-options.ts';
import { ErasingService } from './erasing/erasing.service.ts';
import { Purger } from './erasing/purger.ts';
import { Sweeper } from './erasing/sweeper.ts';
import { EndHooks } from './generation/end-hooks.ts';
import { GenerationStarter } from './generation/generation-starter.ts';
import { OrphanRecovery } from './generation/orphan-recovery.ts';
import { ReplyLog } from './generation/reply-log.ts';
import { RunningGenerations } from './generation/running-generations.ts';
import { Titler } from './generation/titler.ts';
import { PublicConfigService } from './http/public-config.service.ts';
import { BranchStarter } from './shown-branches/branch-starter.ts';
import { ReplyResponder } from './shown-branches/reply-responder.ts';
import { FeedResponder } from './sse/feed-responder.ts';
import { ReadingService } from './sse/reading.service.ts';
import { SseChatService } from './sse/sse-chat.service.ts';
import { StreamResponder } from './sse/stream-responder.ts';
import { PostgresUserVersion } from './starting/postgres-user-version.ts';
import { ReplyPlanner } from './starting/reply-planner.ts';
import { ReservedStart } from './starting/reserved-start.ts';
import { StartLimits } from './starting/start-limits.ts';
import { StartSettings } from './starting/start-settings.ts';
import { UserLock } from './starting/user-lock.ts';
import { UserStreamsService } from './starting/user-streams.service.ts';
import { USER_VERSION } from './starting/user-version.ts';
import { TimelineService } from './timeline/timeline.service.ts';
import { Timelines } from './timeline/timelines.ts';

/** Injects the options as the application gave them. */
export const AI_CHAT_OPTIONS = Symbol('AiChatOptions');

/** Provides something that is made from the completed options. */
function fromOptions(provide: symbol, make: (options: CompleteOptions) => unknown): Provider {
  return { provide, inject: [COMPLETE_OPTIONS], useFactory: make };
}

const options: Provider[] = [
  { provide: COMPLETE_OPTIONS, inject: [AI_CHAT_OPTIONS], useFactory: completeOptions },
  fromOptions(CHAT_OPTIONS, chatOptionsOf),
  fromOptions(OBSERVER, ({ observer }) => observer),
  { provide: TRACING, useFactory: globalTracing },
  fromOptions(USAGE_OPTIONS, usageOptionsOf),
  { provide: SETTING_LIMITS, useExisting: CHAT_OPTIONS },
  fromOptions(LIMITS, ({ limits }) => limits),
  fromOptions(DOWNLOAD_OPTIONS, ({ timings }) => ({ slowReaderMs: timings.slowReaderMs })),
  fromOptions(REVOCATION_OPTIONS, revocationOptionsOf),
  fromOptions(AUTHENTICATE, ({ auth }) => authenticateOf(auth)),
  fromOptions(
    TICKET_OPTIONS,
    ({ auth, timings, limits }): TicketOptions => ({ ...timings, ...limits, isEnabled: auth.tickets ?? true }),
  ),
];

const storage: Provider[] = [
  fromOptions(DATABASE, ({ storage, timings, observer }) => openDatabase(storage, { ...timings, observer })),
  fromOptions(REDIS_LINK, ({ storage, timings }) => openRedis(storage, { timeoutMs: timings.redisTimeoutMs })),
  {
    provide: STREAM_STORE,
    inject: [DATABASE, REDIS_LINK, COMPLETE_OPTIONS],
    useFactory: (database: Database, link: RedisLink | undefined, { timings, observer }: CompleteOptions) =>
      openStore(database, link, { ...timings, observer }),
  },
  {
    provide: SHARED_COUNTS,
    inject: [DATABASE, REDIS_LINK, COMPLETE_OPTIONS],
    useFactory: async (database: Database, link: RedisLink | undefined, { timings }: CompleteOptions) =>
      link && new SharedCounts(link, { ...timings, namespace: await placeOf(database) }),
  },
  ...[StreamDirectory, StreamRemoval].map((Shared) => ({
    provide: Shared,
    inject: [DATABASE],
    useFactory: (database: Database) => new Shared(database),
  })),
  {
    provide: USER_VERSION,
    inject: [DATABASE, COMPLETE_OPTIONS],
    useFactory: (database: Database, { isShared }: CompleteOptions) =>
      isShared ? new PostgresUserVersion(database) : undefined,
  },
];

const ai: Provider[] = [
  fromOptions(DEMO_MODEL, ({ ai: { apiUrl } }) => (apiUrl === undefined ? startDemoModel() : undefined)),
  {
    provide: AI_OPTIONS,
    inject: [COMPLETE_OPTIONS, DEMO_MODEL, TRACING],
    useFactory: ({ ai, timings, observer }: CompleteOptions, demo: DemoModel | undefined, tracing: Tracing) => ({
      ...ai,
      timings,
      observer,
      tracing,
      ...(demo && { apiUrl: demo.url, proxyEnv: undefined }),
    }),
  },
  AiService,
  TokenCounts,
  ContextFitter,
];

/** All providers of the module. */
export const chatProviders: Provider[] = [
  ...options,
  ...storage,
  ...ai,
  ...limitProviders,
  ...conversationProviders,
  JwtGuard,
  Revocations,
  TicketService,
  BranchStarter,
  ReplyResponder,
  UserStreamsService,
  ChatService,
  EndHooks,
  PublicConfigService,
  ErasingService,
  FeedResponder,
  ReplyLog,
  GenerationStarter,
  RunningGenerations,
  OrphanRecovery,
  Purger,
  ReadingService,
  SseChatService,
  StartLimits,
  StartSettings,
  StreamResponder,
  Sweeper,
  TimelineService,
  Timelines,
  Titler,
  TokenQuota,
  UsageDays,
  UsageService,
  UsageMeter,
  ReplyPlanner,
  ReservedStart,
  UserLock,
];
