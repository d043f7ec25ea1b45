// What changes in a user's conversations, told to every device (docs/protocol.md §7).
import type { StreamId } from './offset.ts';

/** Lists what can happen to a conversation. */
export const feedEventTypes = ['session-changed', 'session-deleted', 'stream-started', 'stream-ended'] as const;

/** Is the JSON of one `data:` line of `GET /feed`; its SSE `id` is a counter of the user, to resume by.
 *  Changes that lie behind are merged: the last one of each conversation is told. */
export interface FeedEvent {
  readonly type: (typeof feedEventTypes)[number];
  readonly sessionId: string;
  readonly streamId?: StreamId;
}

/** Is told first where the feed cannot be resumed behind the id that was asked: more may have changed than is told. */
export interface FeedResync {
  readonly type: 'resync';
}
