// Reads one reply of a conversation at a time: one that is started here, or the active one of the server.
import type { SessionResponse } from '@sillage/protocol';
import type { AIStream } from '../stream/ai-stream.ts';
import { isStreaming } from '../stream/reduce.ts';
import type { StartRequest } from '../stream/start-request.ts';
import type { ConversationStore } from './conversation-store.ts';
import { isRefused } from './start-plan.ts';

/** Inputs of a reader. */
export interface ReplyReading {
  readonly stream: AIStream;
  readonly store: ConversationStore;
  readonly isOpen: () => boolean;
  /** Called when the server may have stored a start: it has responded, or the response was lost. */
  readonly onStarted: () => void;
}

/** Reader of the replies of one conversation. */
export interface ReplyReader {
  /** Sends a start request and reads its reply. `replyId` is also the idempotency key, so that a repeated request is
   *  the same start. */
  start(replyId: string, request: StartRequest): void;
  /** Reads the active reply of a response. `isRetry`: also if reading it has failed before. */
  readActive(session: SessionResponse | undefined, options: { isRetry: boolean }): void;
  /** Stops reading and keeps what was read. The reply continues on the server. */
  leave(): void;
  /** Whether a start request has had no response yet. */
  isStarting(): boolean;
}

/** Provisional error of a start that another start overtakes. The next server response shows whether it was stored. */
const unanswered = { error: 'The message may not have arrived. Send it again.', code: 'network' } as const;

/** Creates a reader. It reads nothing before the first call. */
export function createReplyReader({ stream, store, isOpen, onStarted }: ReplyReading): ReplyReader {
  let { status: lastStatus } = stream.getState();

  function isStarting(): boolean {
    const { status, streamId } = stream.getState();
    return status === 'starting' && streamId === undefined;
  }

  stream.subscribe(() => {
    const state = stream.getState();
    const { status, streamId } = state;
    if (status !== 'ended' && status === lastStatus) return store.show(); // only the text has changed
    lastStatus = status;
    const { tree, readingId } = store.known();
    const reply = tree.get(readingId ?? '');
    if (reply === undefined) return store.show();
    if (status === 'ended') store.dispatch({ type: 'left', id: reply.id, stream: state });
    else if (streamId && !reply.streamId) store.dispatch({ type: 'opened', id: reply.id, streamId });
    else store.show();
    if (isStarting()) return;
    if (!isOpen()) return leave();
    if (!reply.isStored && (status === 'ended' ? !isRefused(state.code) : !reply.streamId)) onStarted();
  });

  function leave(): void {
    const state = stream.getState();
    const { readingId } = store.known();
    const left = isStarting() ? { ...state, ...unanswered } : state;
    if (readingId !== undefined) store.dispatch({ type: 'left', id: readingId, stream: left });
    stream.reset();
  }

  return {
    start(replyId, request) {
      store.dispatch({ type: 'reading', id: replyId });
      stream.start(request, { key: replyId });
    },
    readActive(session, { isRetry }) {
      const streamId = session?.activeStreamId;
      const state = stream.getState();
      const isRead = state.streamId === streamId && (isStreaming(state) || !isRetry);
      if (streamId === undefined || isRead || isStarting()) return;
      const reply = [...store.known().tree.values()].find((message) => message.streamId === streamId);
      if (reply === undefined || reply.finishReason !== undefined) return;
      leave();
      store.dispatch({ type: 'reading', id: reply.id });
      stream.resume(streamId);
    },
    leave,
    isStarting,
  };
}
