// One reply that a chat reads to its end: one that it starts, or one that was started elsewhere. Leaving it never ends the
// generation; `stop` does.
import type { SessionMessage, StreamId } from '@sillage/protocol';
import type { UIMessageChunk } from 'ai';
import { readStream } from '../stream/read-stream.ts';
import type { SentStart } from '../stream/start-request.ts';
import { stopStream } from '../stream/stop.ts';
import type { ClientContext } from '../transport/client-context.ts';
import { pause } from '../transport/connectivity.ts';
import { messageChunks } from './message-chunks.ts';
import { newestReply, readNewest } from './stored-conversation.ts';

/** What is read: a stream that exists, or that a start makes. */
interface ChatTarget {
  readonly target: StreamId | SentStart;
  /** The id of the message, where it is known. */
  readonly replyId: string | undefined;
}

/** The read of one reply. It is over when the reply has ended or failed, or the chat has stopped reading. */
export interface ChatReading {
  /** Aborts when the read is over. A caller that aborts it stops reading; the generation goes on. */
  readonly over: AbortController;
  /** Resolves with the chunks of the message once the server has accepted the request; `null` when `find` finds nothing.
   *  @throws {StreamError} when the server refuses it or cannot be reached; an `AbortError` when it was left. */
  open(find: () => Promise<ChatTarget | undefined>): Promise<ReadableStream<UIMessageChunk> | null>;
  /** Ends the generation. Before anything was requested it leaves instead, and resolves with `false`.
   *  @throws {StreamError} when the server rejects the stop, or cannot be reached. */
  stop(): Promise<boolean>;
}

/** Creates the reading of one reply of a conversation. It sends nothing before `open`. */
export function createChatReading(chatId: string, context: ClientContext): ChatReading {
  const over = new AbortController();
  let target: StreamId | SentStart | undefined;
  let streamId: StreamId | undefined;

  /** The reply as it is stored, which names its model. The message is complete without it, so a failure is no error. */
  async function stored(replyId: string | undefined): Promise<SessionMessage | undefined> {
    const late = pause(context.timings.stopEndMs, { signal: over.signal, isFirm: true }).then(() => undefined);
    const session = await Promise.race([readNewest(chatId, context, over.signal).catch(() => undefined), late]);
    return newestReply(session, (reply) => reply.id === replyId || reply.streamId === streamId);
  }

  async function read(found: ChatTarget): Promise<ReadableStream<UIMessageChunk> | undefined> {
    const { replyId } = found;
    ({ target } = found);
    const chunks = messageChunks({
      events: readStream(target, context, over.signal),
      replyId,
      onStream: (opened) => {
        streamId = opened;
      },
      stored: () => stored(replyId),
    });
    const { done, value } = await chunks.next();
    return done ? undefined : streamOf(value, chunks, over);
  }

  return {
    over,
    async open(find) {
      try {
        const found = await find();
        const stream = found && !over.signal.aborted ? await read(found) : null;
        if (stream) return stream;
      } catch (error) {
        if (!over.signal.aborted) {
          over.abort();
          throw error;
        }
      }
      // A chat takes this name for a stop of its own, not for a failure.
      if (over.signal.aborted) throw Object.assign(new Error('The reply was left.'), { name: 'AbortError' });
      over.abort();
      return null;
    },
    async stop() {
      if (target === undefined) {
        over.abort();
        return false;
      }
      await stopStream(streamId ?? target, context);
      return true;
    },
  };
}

/** A stream whose chunks are made one by one as they are read, so that an error never overtakes a chunk. */
function streamOf(
  first: UIMessageChunk,
  chunks: AsyncGenerator<UIMessageChunk, void>,
  over: AbortController,
): ReadableStream<UIMessageChunk> {
  return new ReadableStream<UIMessageChunk>(
    {
      start: (controller) => controller.enqueue(first),
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (!done) return controller.enqueue(value);
        } catch (error) {
          over.abort();
          throw error;
        }
        over.abort();
        controller.close();
      },
      cancel: () => over.abort(),
    },
    { highWaterMark: 0 },
  );
}
