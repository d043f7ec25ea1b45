// What a message of the AI SDK says about its reply, besides its parts.
import type { EndEvent, SessionMessage } from '@sillage/protocol';

/** The `metadata` of a reply. A page that has its own type of metadata can include this one. */
export interface ReplyMetadata
  extends Partial<
    Pick<
      SessionMessage,
      | 'streamId'
      | 'createdAt'
      | 'model'
      | 'provider'
      | 'finishReason'
      | 'code'
      | 'usage'
      | 'reasoningMs'
      | 'trimmedTurns'
      | 'retryAfter'
    >
  > {}

/** Returns the metadata of a stored reply, and of its end, which is newer. Both may be unknown. */
export function metadataOf(stored: SessionMessage | undefined, end?: EndEvent): ReplyMetadata {
  const { streamId, createdAt, model, provider } = stored ?? {};
  const { finishReason, code, usage, reasoningMs, trimmedTurns, retryAfter } = end ?? stored ?? {};
  const ended = { finishReason, code, usage, reasoningMs, trimmedTurns, retryAfter };
  const metadata = { streamId, createdAt, model, provider, ...ended };
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined));
}
