// The display status of a reply.
import type { ConversationMessage, StreamState } from '@sillage/client';

/** Status of a reply. The first eight apply before it ends; `unanswered`: the server has not responded for several
 *  seconds; `told-to-wait`: the server has responded with a delay to observe. */
export type ReplyStatus =
  | 'waiting'
  | 'unanswered'
  | 'told-to-wait'
  | 'thinking'
  | 'live'
  | 'reconnecting'
  | 'resumed'
  | 'stopping'
  | 'done'
  | 'stopped'
  | 'interrupted'
  | 'cut'
  | 'filtered'
  | 'failed';

/** Display status of a reply that has not ended. */
export interface LiveReply {
  readonly status: ReplyStatus;
  /** Seconds to wait, as requested by the server, for `told-to-wait`. */
  readonly retryAfter?: number | undefined;
}

/** Facts that the stream does not contain: whether the reply had begun before the conversation was opened, whether the
 *  user has pressed stop, and whether the server is slow to respond. */
export interface Circumstances {
  readonly isReopened?: boolean;
  readonly isStopping?: boolean;
  readonly isLate?: boolean;
}

/** Returns the status of a reply that has not ended. */
export function statusOfReading(
  { status, retryAfter }: Pick<StreamState, 'status' | 'retryAfter'>,
  { content, reasoning }: Pick<ConversationMessage, 'content' | 'reasoning'>,
  { isReopened = false, isStopping = false, isLate = false }: Circumstances = {},
): LiveReply {
  if (isStopping) return { status: 'stopping' };
  if (status === 'starting' && retryAfter !== undefined) return { status: 'told-to-wait', retryAfter };
  if (status === 'starting' && isLate) return { status: 'unanswered' };
  if (status === 'reconnecting') return { status };
  if (content === '' && reasoning === undefined) return { status: 'waiting' };
  if (status === 'resumed' || isReopened) return { status: 'resumed' };
  return { status: content === '' ? 'thinking' : 'live' };
}

/** Returns the status of a reply that has ended. */
export function statusOfEnded({
  finishReason,
  code,
}: Pick<ConversationMessage, 'finishReason' | 'code'>): Exclude<ReplyStatus, 'told-to-wait'> {
  if (finishReason === 'interrupted') return 'interrupted';
  if (code !== undefined || finishReason === 'error') return 'failed';
  if (finishReason === 'stopped') return 'stopped';
  if (finishReason === 'length') return 'cut';
  if (finishReason === 'content-filter') return 'filtered';
  return 'done';
}
