// One conversation of the page: what is stored, what is sent, and the stream of the reply under way.
import { type SessionAnswer, StreamError, type StreamErrorCode } from '@sillage/protocol';
import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import { fetchSession } from '../browser/api.ts';
import { branchOf } from '../conversation/branch.ts';
import { type ConversationState, emptyConversation, reduceConversation } from '../conversation/conversation.ts';
import { type LiveReply, liveReplyOf } from '../conversation/reply-status.ts';
import { useAIStream } from './useAIStream.ts';
import { useLate } from './useLate.ts';
import type { Visit } from './useVisit.ts';

/** Is a conversation for the page to show, and what a person can do in it. */
export interface Conversation {
  readonly state: ConversationState;
  readonly live: LiveReply | undefined;
  /** The server has taken the message that was sent last. */
  readonly isAccepted: boolean;
  readonly load: () => void;
  readonly send: (message: string) => void;
  readonly stop: () => void;
  /** Asks for the last reply again: the same one on the server where it is known there, else by sending the message again. */
  readonly retry: () => void;
  /** Reads the last reply on, after the client has given up. */
  readonly reconnect: () => void;
  /** Takes back the last message, which the server has refused. */
  readonly withdraw: () => void;
}

/** Opens the conversation of a visit: loads what is stored, and reads a reply under way on. */
export function useConversation({ sessionId, isStored }: Visit): Conversation {
  const [state, dispatch] = useReducer(reduceConversation, emptyConversation, (empty) => {
    return isStored ? ({ ...empty, phase: 'loading' } as const) : empty;
  });
  const [isStopping, setStopping] = useState(false);
  const { state: stream, startStream, stopStream, resumeStream } = useAIStream();
  const requests = useRef<AbortController>(undefined);
  const { messages } = state;

  const show = useCallback(
    (session: SessionAnswer | undefined) => {
      dispatch({ type: 'loaded', session });
      if (session?.activeStreamId === undefined) return;
      setStopping(false);
      resumeStream(session.activeStreamId);
    },
    [resumeStream],
  );

  const ask = useCallback(() => {
    requests.current?.abort();
    requests.current = new AbortController();
    const { signal } = requests.current;
    return { signal, session: fetchSession(sessionId, signal) };
  }, [sessionId]);

  const load = useCallback(() => {
    dispatch({ type: 'load' });
    const { signal, session } = ask();
    session.then(
      (found) => signal.aborted || show(found),
      (error) => signal.aborted || dispatch({ type: 'unreadable', code: codeOf(error) }),
    );
  }, [ask, show]);

  useEffect(() => {
    if (isStored) load();
    return () => requests.current?.abort();
  }, [isStored, load]);

  useEffect(() => {
    if (state.reading === undefined || stream.status !== 'ended' || stream === state.taken) return;
    dispatch({ type: 'ended', stream });
  }, [stream, state.reading, state.taken]);

  const send = useCallback(
    (message: string) => {
      dispatch({ type: 'sent', message });
      setStopping(false);
      startStream({ message, sessionId });
    },
    [sessionId, startStream],
  );

  const stop = useCallback(() => {
    setStopping(true);
    stopStream();
  }, [stopStream]);

  const retry = useCallback(() => {
    const failed = messages.at(-1);
    const message = messages.at(-2)?.text;
    if (failed === undefined || message === undefined) return;
    dispatch({ type: 'asked-again', reading: 'asked' });
    setStopping(false);
    const { signal, session } = ask();
    session.then(
      (found) => {
        if (signal.aborted) return;
        const stored = found?.messages.find(({ id, streamId }) => {
          return id === failed.id || (streamId !== undefined && streamId === failed.streamId);
        });
        if (stored !== undefined) startStream({ regenerate: stored.id, sessionId });
        // The server took the message, and only its answer was lost.
        else if (found !== undefined && branchOf(found).length >= messages.length) show(found);
        else startStream({ message, sessionId });
      },
      (error) => signal.aborted || dispatch({ type: 'failed', code: codeOf(error) }),
    );
  }, [ask, messages, sessionId, show, startStream]);

  const reconnect = useCallback(() => {
    const streamId = messages.at(-1)?.streamId;
    if (streamId === undefined) return;
    dispatch({ type: 'asked-again', reading: 'reopened' });
    setStopping(false);
    resumeStream(streamId);
  }, [messages, resumeStream]);

  const withdraw = useCallback(() => dispatch({ type: 'withdrawn' }), []);

  const isLate = useLate(state.reading !== undefined && stream.status === 'starting');
  const live = liveReplyOf(state, stream, { isStopping, isLate });
  const streamId = state.reading === undefined ? messages.at(-1)?.streamId : stream !== state.taken && stream.streamId;
  return { state, live, isAccepted: Boolean(streamId), load, send, stop, retry, reconnect, withdraw };
}

function codeOf(error: unknown): StreamErrorCode {
  return error instanceof StreamError ? error.code : 'internal';
}
