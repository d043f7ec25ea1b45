// The state machine of a client: the state after one more event. Pure.
import type { EndEvent, FinishReason, Offset, StreamErrorCode, StreamId, Usage } from '@sillage/protocol';
import type { ReadEvent } from './follow.ts';

/** What a client knows of the stream that it reads. Immutable: the same object until something changes. */
export interface StreamState {
  /** `starting`: nothing received yet; `reconnecting`: the connection was lost and is being resumed; `resumed`: it is back. */
  readonly status: 'idle' | 'starting' | 'live' | 'reconnecting' | 'resumed' | 'ended';
  readonly text: string;
  /** The reasoning of the model before its reply. */
  readonly reasoning: string;
  /** How long the model reasoned, in ms; known at the end. */
  readonly reasoningMs: number | undefined;
  readonly offset: Offset;
  readonly streamId: StreamId | undefined;
  readonly finishReason: FinishReason | undefined;
  readonly usage: Usage | undefined;
  /** What a person can do about an error. */
  readonly error: string | undefined;
  readonly code: StreamErrorCode | undefined;
  /** How long the server asks to wait before the next request, in seconds. */
  readonly retryAfter: number | undefined;
}

/** The state before anything was started. */
export const initialState: StreamState = {
  status: 'idle',
  text: '',
  reasoning: '',
  reasoningMs: undefined,
  offset: 0,
  streamId: undefined,
  finishReason: undefined,
  usage: undefined,
  error: undefined,
  code: undefined,
  retryAfter: undefined,
};

/** Whether a reply is under way, as far as this client knows. */
export function isStreaming({ status }: StreamState): boolean {
  return status !== 'idle' && status !== 'ended';
}

/** Returns the state after one more event. Events arrive once and in order: the connection guarantees that. */
export function reduce(state: StreamState, event: ReadEvent): StreamState {
  switch (event.type) {
    case 'opened': {
      const status = state.status === 'reconnecting' ? 'resumed' : 'live';
      return { ...state, status, streamId: state.streamId ?? event.streamId, retryAfter: undefined };
    }
    case 'lost':
      return {
        ...state,
        status: state.status === 'starting' ? 'starting' : 'reconnecting',
        retryAfter: event.retryAfter,
      };
    case 'restarted':
      return { ...state, offset: 0 }; // what is shown stays until the first event replaces it
  }
  const { offset } = event;
  const shown = state.offset === 0 ? { ...state, text: '', reasoning: '' } : state;
  switch (event.type) {
    case 'text':
      return { ...shown, offset, text: shown.text + event.text };
    case 'reasoning':
      return { ...shown, offset, reasoning: shown.reasoning + event.text };
    case 'end':
      return { ...shown, ...endFieldsOf(event) };
    case 'skipped':
      return { ...shown, offset };
  }
}

function endFieldsOf({
  offset,
  finishReason,
  usage,
  code,
  error,
  retryAfter,
  reasoningMs,
}: EndEvent): Partial<StreamState> {
  const hasFailed = finishReason === 'error' || finishReason === 'interrupted';
  return {
    status: 'ended',
    offset,
    finishReason,
    usage,
    reasoningMs,
    ...(hasFailed && { code, error: error || 'The reply failed. Try again.', retryAfter }),
  };
}
