// The feed: what changes in a user's conversations, sent to every device (docs/protocol.md §7).
import type { StreamId } from './offset.ts';

/** What can happen to a conversation. */
export const feedEventTypes = ['session-changed', 'session-deleted', 'stream-started', 'stream-ended'] as const;

/** The JSON of one `data:` line of `GET /feed`; its SSE `id` is a counter of the user, to resume by. In a backlog, only the
 *  last change of each conversation is sent. */
export interface FeedEvent {
  readonly type: (typeof feedEventTypes)[number];
  readonly sessionId: string;
  readonly streamId?: StreamId;
}

/** Sent first: no change, but an id to resume after, in a block that readers which parse every message accept. */
export interface FeedReady {
  readonly type: 'ready';
}

/** Sent first instead of `ready` if the feed cannot be resumed after the requested id: more may have changed than is sent. */
export interface FeedResync {
  readonly type: 'resync';
}

/** A notice to a reader about its connection, without an id (docs/protocol.md §8). */
export type FeedNotice =
  | { readonly type: 'auth-expiring'; readonly expiresAt: string }
  | { readonly type: 'error'; readonly error: string; readonly code: 'unauthorized' };
