// Limits the concurrent replies and the starts per minute of a user. They are counted in the database, so that all nodes share
// one count. Reads do not count.
import { Inject, Injectable } from '@nestjs/common';
import { StreamError } from '@sillage/protocol';
import { StreamDirectory } from '../../streams/stream-directory.ts';
import { CHAT_OPTIONS, type ChatOptions } from '../chat-options.ts';

const minuteMs = 60_000;

/** Maximum difference between the clocks of nodes. A start with a later time was made before the clock was set back; it does
 *  not count, as it would otherwise lock the user out until the clock has caught up. */
const clockSkewMs = 5_000;

@Injectable()
export class StartLimits {
  constructor(
    private readonly streams: StreamDirectory,
    @Inject(CHAT_OPTIONS) private readonly options: ChatOptions,
  ) {}

  /** Checks that one more start is allowed; `replaces` is the number of active replies that it ends, which do not count.
   *  @throws {StreamError} `rate-limited`, with `retryAfter` in seconds. */
  async check(userId: string, { replaces }: { replaces: number }): Promise<void> {
    const { streamsPerUser, startsPerMinute } = this.options;
    const now = Date.now();
    const since = now - minuteMs;
    const { active, recent, firstRecentAt = since } = await this.streams.countStarts(userId, since, now + clockSkewMs);
    if (active - replaces >= streamsPerUser) {
      const message = `You have ${streamsPerUser} active replies. Stop one, or wait until it ends.`;
      throw new StreamError('rate-limited', message, { retryAfter: 5 });
    }
    if (recent < startsPerMinute) return;
    const retryAfter = Math.max(1, Math.ceil((firstRecentAt - since) / 1000));
    const message = `Too many messages in a minute. Try again in ${retryAfter} s.`;
    throw new StreamError('rate-limited', message, { retryAfter });
  }
}
