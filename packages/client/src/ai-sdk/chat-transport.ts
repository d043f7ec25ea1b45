// The transport of AI SDK chats over our own protocol. It keeps nothing of a conversation: the server does, and the chat.
import type { SessionMessage, StreamError, StreamId } from '@sillage/protocol';
import type { ChatTransport, UIMessage, UIMessageChunk } from 'ai';
import { branchOf } from '../conversation/message-tree.ts';
import type { AIStreamOptions, ServerOptions } from '../options.ts';
import { type StartRequest, sentStart } from '../stream/start-request.ts';
import { stopStream } from '../stream/stop.ts';
import { type ClientContext, clientContextOf } from '../transport/client-context.ts';
import { pause } from '../transport/connectivity.ts';
import { type ChatReading, createChatReading } from './chat-reading.ts';
import { chatStartOf } from './chat-start.ts';
import { newestReply, readConversation, readNewest, uiMessageOf } from './stored-conversation.ts';

/** What a page may add to a chat request. */
export type ChatFields = Omit<
  StartRequest,
  'message' | 'sessionId' | 'messageId' | 'replyId' | 'parentId' | 'regenerate' | 'continue'
>;

/** Options of a transport. */
export interface ChatTransportOptions extends ServerOptions, Pick<AIStreamOptions, 'random' | 'now' | 'timings'> {
  /** Added to each chat request: the model, the temperature, a workspace. The `body` of one request wins over it. */
  readonly body?: ChatFields | (() => ChatFields) | undefined;
  /** Whether an abort by the chat ends the generation. Default: it leaves. `useChat` of `ai` 7 aborts when its component
   *  unmounts, too: there, use `stop` instead. */
  readonly stopOnAbort?: boolean | undefined;
  /** Receives why a stop by `stopOnAbort` has failed. Default: it is logged to the console. */
  readonly onStopError?: ((error: StreamError) => void) | undefined;
}

/** The transport, with the methods that a page calls itself. */
export interface SillageTransport<Message extends UIMessage = UIMessage> extends ChatTransport<Message> {
  /** Whether `reconnectToStream` reads the reply from its start. */
  readonly resumeStreamIsReplay: true;
  /** Loads the messages of a conversation, oldest first: the branch last used, without a reply under way, which
   *  `reconnectToStream` reads.
   *  @throws {StreamError} when the server refuses it or cannot be reached. */
  loadMessages(chatId: string): Promise<Message[]>;
  /** Ends the generation of a chat, wherever it was started. Resolves once the server has stored that.
   *  @throws {StreamError} when the server refuses it or cannot be reached. */
  stop(chatId: string): Promise<void>;
}

interface ChatCall {
  readonly chatId: string;
  readonly abortSignal?: AbortSignal | undefined;
  readonly headers?: Record<string, string> | Headers | undefined;
}

/** Creates a transport for any number of chats: `useChat({ id, transport, resume: true })`. The chat's id is the `sessionId`.
 *  A lost connection is resumed behind the last character. A permanent failure is thrown as a `StreamError`, which the chat
 *  has as its `error`, with a message for the user. */
export function createChatTransport<Message extends UIMessage = UIMessage>(
  options: ChatTransportOptions = {},
): SillageTransport<Message> {
  const { body: fields, stopOnAbort, onStopError = console.error, ...server } = options;
  /** The reply that each chat reads. */
  const readings = new Map<string, ChatReading>();
  /** The reply under way that each chat was loaded without. It may have ended by the time that the chat reads it. */
  const omitted = new Map<string, StreamId>();

  function contextOf(headers: ChatCall['headers'] = {}): ClientContext {
    const added = { ...server.headers, ...Object.fromEntries(new Headers(headers)) };
    return clientContextOf(() => ({ ...server, headers: added }));
  }

  function begin({ chatId, abortSignal, headers }: ChatCall) {
    const context = contextOf(headers);
    const reading = createChatReading(chatId, context);
    const { over } = reading;
    readings.set(chatId, reading);
    over.signal.addEventListener('abort', () => void forget(reading, { chatId, abortSignal }));
    abortSignal?.addEventListener('abort', () => over.abort(), over);
    if (abortSignal?.aborted) over.abort();
    return { reading, context, signal: over.signal };
  }

  /** Stops what the chat has aborted, unless the chat reads anew: to resume a reply, it aborts the reading that it has. */
  async function forget(reading: ChatReading, { chatId, abortSignal }: ChatCall): Promise<void> {
    await pause(0, { isFirm: true });
    if (readings.get(chatId) !== reading) return;
    readings.delete(chatId);
    if (stopOnAbort && abortSignal?.aborted) await reading.stop().catch(onStopError);
  }

  return {
    resumeStreamIsReplay: true,
    async sendMessages({ body, ...call }) {
      const { chatId } = call;
      const { reading, context, signal } = begin(call);
      const stream = await reading.open(async () => {
        const start = await chatStartOf(
          call,
          async (isEnough) => (await readConversation(chatId, { context, signal, isEnough })).messages,
        );
        const { replyId, request } = start;
        if (request === undefined) return { target: start.streamId, replyId };
        const added = { ...(typeof fields === 'function' ? fields() : fields), ...body };
        return {
          target: sentStart(start.key, JSON.stringify({ ...added, ...request, sessionId: chatId })),
          replyId,
        };
      });
      return stream as ReadableStream<UIMessageChunk>;
    },
    reconnectToStream(call) {
      const { reading, context, signal } = begin(call);
      return reading.open(async () => {
        const session = await readNewest(call.chatId, context, signal);
        const target = session?.activeStreamId ?? omitted.get(call.chatId);
        omitted.delete(call.chatId);
        const replyId = newestReply(session, ({ streamId }) => streamId === target)?.id;
        return target === undefined ? undefined : { target, replyId };
      });
    },
    async loadMessages(chatId) {
      const { messages, leafId, activeStreamId } = await readConversation(chatId, { context: contextOf() });
      if (activeStreamId === undefined) omitted.delete(chatId);
      else omitted.set(chatId, activeStreamId);
      const branch = branchOf(new Map(messages.map((message) => [message.id, message])), leafId);
      const isOver = ({ role, finishReason }: SessionMessage) => role === 'user' || finishReason !== undefined;
      return branch.filter(isOver).map(uiMessageOf) as Message[];
    },
    async stop(chatId) {
      if (await readings.get(chatId)?.stop()) return;
      const context = contextOf();
      const session = await readNewest(chatId, context);
      if (session?.activeStreamId !== undefined) await stopStream(session.activeStreamId, context);
    },
  };
}
