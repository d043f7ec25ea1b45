// The whole state machine of a client: what the screen shows after one more event. Pure.
import type { EndEvent, FinishReason, Offset, StreamErrorCode, StreamId, Usage } from '@sillage/protocol';
import type { ReadEvent } from './follow.ts';

/** Is what a client knows of the stream it reads. Immutable: the same object until something changed. */
export interface StreamState {
  /** `starting`: no byte yet; `reconnecting`: the connection was lost and is being resumed; `resumed`: reading again. */
  readonly status: 'idle' | 'starting' | 'live' | 'reconnecting' | 'resumed' | 'ended';
  readonly text: string;
  readonly reasoning: string;
  readonly offset: Offset;
  readonly streamId: StreamId | undefined;
  readonly finishReason: FinishReason | undefined;
  readonly usage: Usage | undefined;
  /** What a person can do, where something went wrong. */
  readonly error: string | undefined;
  readonly code: StreamErrorCode | undefined;
  /** How long the server asks to wait before the next attempt (of the client itself while it reads), in seconds. */
  readonly retryAfter: number | undefined;
}

/** Is the state before anything was started. */
export const initialState: StreamState = {
  status: 'idle',
  text: '',
  reasoning: '',
  offset: 0,
  streamId: undefined,
  finishReason: undefined,
  usage: undefined,
  error: undefined,
  code: undefined,
  retryAfter: undefined,
};

/** Says whether a reply is under way, as far as this client knows. */
export function isStreaming({ status }: StreamState): boolean {
  return status !== 'idle' && status !== 'ended';
}

/** Gives the state after one more event. Events come once and in order: the connection sees to that. */
export function reduce(state: StreamState, event: ReadEvent): StreamState {
  switch (event.type) {
    case 'opened': {
      const status = state.status === 'starting' ? 'live' : 'resumed';
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
      return { ...shown, ...endOf(event) };
    case 'skipped':
      return { ...shown, offset };
  }
}

function endOf({ offset, finishReason, usage, code, error }: EndEvent): Partial<StreamState> {
  const hasFailed = finishReason === 'error' || finishReason === 'interrupted';
  return {
    status: 'ended',
    offset,
    finishReason,
    usage,
    ...(hasFailed && { code, error: error || 'The reply failed. Try again.' }),
  };
}
