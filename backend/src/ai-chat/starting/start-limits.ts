// How much a user may start: so many replies under way, so many starts a minute. Counted in the store, so that every node
// counts the same. Reading is not starting.
import { Inject, Injectable } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { STREAM_STORE, type StreamStore } from '../../streams/stream-store.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';

const minuteMs = 60_000;

/** How far the clocks of nodes may differ. What seems to be started later than that was started before the clock was set
 *  back, and counts no more: nobody is locked out until the clock is there again. */
const clockSkewMs = 5_000;

@Injectable()
export class StartLimits {
  constructor(
    @Inject(STREAM_STORE) private readonly store: StreamStore,
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
  ) {}

  /** Refuses one more start; of the replies under way, those that it ends do not count (`besides`).
   *  @throws {StreamError} `rate-limited`, with the seconds to wait. */
  async check(userId: string, { besides }: { besides: number }): Promise<void> {
    const { streamsPerUser, startsPerMinute } = this.options;
    const now = Date.now();
    const since = now - minuteMs;
    const { active, recent, firstRecentAt = since } = await this.store.countStarts(userId, since, now + clockSkewMs);
    if (active - besides >= streamsPerUser) {
      const message = `${streamsPerUser} replies are under way already. Stop one, or wait for its end.`;
      throw new StreamError('rate-limited', message, { retryAfter: 5 });
    }
    if (recent < startsPerMinute) return;
    const retryAfter = Math.max(1, Math.ceil((firstRecentAt - since) / 1000));
    const message = `Too many messages in a minute. Try again in ${retryAfter} s.`;
    throw new StreamError('rate-limited', message, { retryAfter });
  }
}
