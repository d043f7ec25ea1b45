// What a message of the AI SDK says about its reply, besides its parts.
import type { EndEvent, ReplyEnd, SessionMessage } from '@sillage/protocol';

/** The `metadata` of a reply. A page that has its own type of metadata can include this one. */
export interface ReplyMetadata
  extends Partial<ReplyEnd & Pick<SessionMessage, 'streamId' | 'createdAt' | 'model' | 'provider'>> {}

/** Returns the metadata of a stored reply, and of its end, which is newer. Both may be unknown. */
export function metadataOf(stored: SessionMessage | undefined, end?: EndEvent): ReplyMetadata {
  const { streamId, createdAt, model, provider } = stored ?? {};
  const { finishReason, code, usage, reasoningMs, trimmedTurns, retryAfter } = end ?? stored ?? {};
  const ended = { finishReason, code, usage, reasoningMs, trimmedTurns, retryAfter } satisfies Record<
    keyof ReplyEnd,
    unknown
  >;
  const metadata = { streamId, createdAt, model, provider, ...ended };
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined));
}
