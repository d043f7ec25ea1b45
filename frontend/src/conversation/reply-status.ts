// The state of a reply, in the words that the page has for it.
import type { ConversationMessage, StreamState } from '@sillage/client';

/** Says where a reply stands. The first seven are under way; `unanswered`: the server has not answered for seconds;
 *  `told-to-wait`: it has, and asks for patience. */
export type ReplyStatus =
  | 'waiting'
  | 'unanswered'
  | 'told-to-wait'
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

/** Is the reply under way as it is to be drawn now. */
export interface LiveReply {
  readonly status: ReplyStatus;
  /** How long the server asks to wait, in seconds, when `told-to-wait`. */
  readonly retryAfter?: number | undefined;
}

/** Says what the page knows beside the stream: the reply was under way when the conversation was opened; a person has
 *  pressed stop; the server is late. */
export interface Circumstances {
  readonly isReopened?: boolean;
  readonly isStopping?: boolean;
  readonly isLate?: boolean;
}

/** Says how the reply that is being read stands. */
export function statusOfReading(
  { status, retryAfter }: Pick<StreamState, 'status' | 'retryAfter'>,
  { content }: Pick<ConversationMessage, 'content'>,
  { isReopened = false, isStopping = false, isLate = false }: Circumstances = {},
): LiveReply {
  if (isStopping) return { status: 'stopping' };
  if (status === 'starting' && retryAfter !== undefined) return { status: 'told-to-wait', retryAfter };
  if (status === 'starting' && isLate) return { status: 'unanswered' };
  if (status === 'reconnecting') return { status };
  if (content === '') return { status: 'waiting' };
  return { status: status === 'resumed' || isReopened ? 'resumed' : 'live' };
}

/** Says how a reply that is no longer under way ended. */
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
