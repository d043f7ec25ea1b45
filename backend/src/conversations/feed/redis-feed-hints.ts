// Hints between nodes over Redis publish and subscribe. A message contains the id of the user.
import { Inject, Injectable } from '@nestjs/common';
import { REDIS_LINK } from '../../redis/open-redis.ts';
import type { RedisLink } from '../../redis/redis-link.ts';
import type { FeedHintListener, FeedHints } from './feed-hints.ts';

const channel = 'sillage:feed';

@Injectable()
export class RedisFeedHints implements FeedHints {
  private readonly pending = new Set<string>();

  constructor(@Inject(REDIS_LINK) private readonly link: Pick<RedisLink, 'publish' | 'subscribe' | 'onReady'>) {}

  publish(userId: string): void {
    if (this.pending.size === 0) setImmediate(() => this.publishPending());
    this.pending.add(userId);
  }

  subscribe({ onHint, onLost }: FeedHintListener): void {
    this.link.subscribe(channel, onHint);
    this.link.onReady(onLost);
  }

  private publishPending(): void {
    for (const userId of this.pending) this.link.publish(channel, userId);
    this.pending.clear();
  }
}
