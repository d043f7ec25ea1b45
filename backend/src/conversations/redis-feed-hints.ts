// Hints of the feed between nodes, by Redis' publish and subscribe. The message is the id of the user.
import { Inject, Injectable } from '@nestjs/common';
import { REDIS_LINK, type RedisLink } from '../redis/redis-link.ts';
import type { FeedHintListener, FeedHints } from './feed-hints.ts';

const channel = 'sillage:feed';

@Injectable()
export class RedisFeedHints implements FeedHints {
  private readonly told = new Set<string>();

  constructor(@Inject(REDIS_LINK) private readonly link: Pick<RedisLink, 'publish' | 'subscribe' | 'onReady'>) {}

  tell(userId: string): void {
    if (this.told.size === 0) setImmediate(() => this.publish());
    this.told.add(userId);
  }

  listen({ onHint, onLost }: FeedHintListener): void {
    this.link.subscribe(channel, onHint);
    this.link.onReady(onLost);
  }

  private publish(): void {
    for (const userId of this.told) this.link.publish(channel, userId);
    this.told.clear();
  }
}
