// The state of a reply, in the words that the page has for it.
import type { StreamState } from '@sillage/client';
import { type ConversationState, type Reading, type ShownMessage, textOfReading } from './conversation.ts';

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

/** Is the reply under way as it is to be drawn now; `undefined` when none is. */
export interface LiveReply {
  readonly text: string;
  readonly status: ReplyStatus;
  /** How long the server asks to wait, in seconds, when `told-to-wait`. */
  readonly retryAfter?: number | undefined;
}

/** Joins the conversation and its stream: what of the stream belongs to the reply that is being read. */
export function liveReplyOf(
  state: ConversationState,
  stream: StreamState,
  { isStopping = false, isLate = false } = {},
): LiveReply | undefined {
  const { reading, taken } = state;
  if (reading === undefined) return undefined;
  // The hook draws a frame later than the store: what was taken over already is the reply before.
  if (stream === taken || stream.status === 'idle') {
    return { text: textOfReading(state, { text: '' }), status: 'waiting' };
  }
  const text = textOfReading(state, stream);
  if (isStopping) return { text, status: 'stopping' };
  const { retryAfter } = stream;
  if (stream.status === 'starting' && retryAfter !== undefined) return { text, status: 'told-to-wait', retryAfter };
  return { text, status: isLate && stream.status === 'starting' ? 'unanswered' : statusOfStream(stream, reading) };
}

function statusOfStream({ status, text }: StreamState, reading: Reading): ReplyStatus {
  if (status === 'reconnecting') return 'reconnecting';
  if (text === '') return 'waiting';
  return status === 'resumed' || reading === 'reopened' ? 'resumed' : 'live';
}

/** Says how a reply that is no longer under way ended. */
export function statusOfEnded({ finishReason, code }: ShownMessage): ReplyStatus {
  if (finishReason === 'interrupted') return 'interrupted';
  if (code !== undefined || finishReason === 'error') return 'failed';
  if (finishReason === 'stopped') return 'stopped';
  if (finishReason === 'length') return 'cut';
  if (finishReason === 'content-filter') return 'filtered';
  return 'done';
}
