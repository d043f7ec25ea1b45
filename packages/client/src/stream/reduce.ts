// The state machine of a client.
import type { FinishReason, Offset, StreamErrorCode, StreamId, Usage } from '@sillage/protocol';
import type { ReadEvent } from './read-stream.ts';

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

/** A copy of the state, which the events of one network read change before it is published: a copy for each event would
 *  cost more than everything else. */
export type StateDraft = { -readonly [Key in keyof StreamState]: StreamState[Key] };

/** Applies one more event to the state. Events arrive once and in order: the connection guarantees that. */
export function apply(event: ReadEvent, state: StateDraft): void {
  switch (event.type) {
    case 'opened':
      state.streamId ??= event.streamId;
      state.status = state.status === 'reconnecting' ? 'resumed' : 'live';
      state.retryAfter = undefined;
      return;
    case 'lost':
      if (state.status !== 'starting') state.status = 'reconnecting';
      state.retryAfter = event.retryAfter;
      return;
    case 'restarted':
      state.offset = 0; // what is shown stays until the first event replaces it
      return;
  }
  if (state.offset === 0) state.text = state.reasoning = '';
  state.offset = event.offset;
  if ('text' in event) state[event.type] += event.text;
  if (event.type !== 'end') return;
  const { finishReason, usage, code, error, retryAfter, reasoningMs } = event;
  const hasFailed = finishReason === 'error' || finishReason === 'interrupted';
  const failure = hasFailed && { code, error: error || 'The reply failed. Try again.', retryAfter };
  Object.assign(state, { status: 'ended', finishReason, usage, reasoningMs, ...failure });
}
