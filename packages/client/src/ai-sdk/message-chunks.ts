// Translates a stream into one message of the AI SDK: `start`, its parts, `finish`. A reply that failed keeps its parts, then
// throws: the chat shows the error.
import { type EndEvent, isComplete, type SessionMessage, StreamError, type StreamId } from '@sillage/protocol';
import type { UIMessageChunk } from 'ai';
import type { ReadEvent } from '../stream/read-stream.ts';
import { createMessageParts } from './part-chunks.ts';
import { metadataOf } from './reply-metadata.ts';

/** Inputs of a message. */
export interface MessageSource {
  readonly events: AsyncIterable<readonly ReadEvent[]>;
  /** The id of the message; the chat chooses one where it is unknown. */
  readonly replyId: string | undefined;
  /** Called once with the id of the stream, where the server tells it. */
  readonly onStream: (streamId: StreamId | undefined) => void;
  /** Reads the stored reply; `undefined` where that fails. */
  readonly stored: () => Promise<SessionMessage | undefined>;
}

/** Yields the chunks of a message. The first one comes once the server has accepted the request.
 *  @throws {StreamError} when the server refuses the stream or cannot be reached, and when the reply failed. */
export async function* messageChunks({
  events,
  replyId,
  onStream,
  stored,
}: MessageSource): AsyncGenerator<UIMessageChunk, void> {
  const parts = createMessageParts();
  let hasStarted = false;
  try {
    for await (const batch of events) {
      const [first] = batch;
      if (first?.type === 'opened' && !hasStarted) {
        hasStarted = true;
        const { streamId } = first;
        onStream(streamId);
        yield {
          type: 'start',
          ...(replyId && { messageId: replyId }),
          ...(streamId && { messageMetadata: { streamId } }),
        };
        yield { type: 'start-step' };
      }
      yield* parts.chunksOf(batch);
      const last = batch.at(-1);
      if (last?.type !== 'end') continue;
      yield* parts.close();
      yield* endChunks(last, metadataOf(await stored(), last));
    }
  } catch (error) {
    yield* parts.close();
    throw error;
  }
}

/** Only finish reasons that every version of the AI SDK knows; the metadata has ours. */
function* endChunks(end: EndEvent, messageMetadata: object): Generator<UIMessageChunk> {
  const { finishReason, code = 'internal', error, retryAfter } = end;
  yield { type: 'finish-step' };
  if (finishReason === 'stopped') yield { type: 'abort' };
  else if (!isComplete(finishReason)) {
    yield { type: 'message-metadata', messageMetadata };
    throw new StreamError(code, error || 'The reply failed. Try again.', { retryAfter });
  }
  const reason = isComplete(finishReason) ? (finishReason as 'stop') : 'other';
  yield { type: 'finish', finishReason: reason, messageMetadata };
}
