// Provides the link to Redis, if nodes share one.
import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { REDIS_LINK, RedisLink, type RedisLinkOptions } from './redis-link.ts';

/** Connects at startup and disconnects last. */
@Global()
@Module({})
export class RedisModule implements OnApplicationShutdown {
  constructor(@Inject(REDIS_LINK) private readonly link: RedisLink) {}

  static forRoot(options: RedisLinkOptions): DynamicModule {
    return {
      module: RedisModule,
      providers: [{ provide: REDIS_LINK, useFactory: () => RedisLink.open(options) }],
      exports: [REDIS_LINK],
    };
  }

  onApplicationShutdown(): void {
    this.link.close();
  }
}
