// What the page knows of one conversation. Pure: the messages that stand, and whether the last one is still being read.
// The text of a reply under way is not in here but in the stream's own state, and is taken over once, at its end.
import type { StreamState } from '@sillage/client';
import type { FinishReason, SessionAnswer, StreamErrorCode, StreamId } from '@sillage/protocol';
import { branchOf } from './branch.ts';

/** Is one message as it is shown. */
export interface ShownMessage {
  readonly role: 'user' | 'assistant';
  readonly text: string;
  /** The server's id of it; unknown for what was sent since the conversation was loaded. */
  readonly id?: string | undefined;
  readonly streamId?: StreamId | undefined;
  readonly finishReason?: FinishReason | undefined;
  readonly code?: StreamErrorCode | undefined;
  /** In seconds, where the server asks to wait. */
  readonly retryAfter?: number | undefined;
  /** Ended before this reader's eyes: its line settles, and a failure is said aloud. */
  readonly isFresh?: boolean;
}

/** Says how the last message is being read: just asked for, or found under way when the page was opened. */
export type Reading = 'asked' | 'reopened';

/** Is one conversation as the page knows it. */
export interface ConversationState {
  readonly phase: 'loading' | 'ready' | 'unreadable';
  /** Why it could not be loaded, when `unreadable`. */
  readonly code: StreamErrorCode | undefined;
  readonly messages: readonly ShownMessage[];
  readonly reading: Reading | undefined;
  /** The state of the stream that was taken over last; whoever still sees it sees the past. */
  readonly taken: StreamState | undefined;
}

/** Is what can happen to it. */
export type ConversationAction =
  | { readonly type: 'load' }
  | { readonly type: 'loaded'; readonly session: SessionAnswer | undefined }
  | { readonly type: 'unreadable'; readonly code: StreamErrorCode }
  | { readonly type: 'sent'; readonly message: string }
  /** The last reply is asked for again, or read on (`reopened`). */
  | { readonly type: 'asked-again'; readonly reading: Reading }
  | { readonly type: 'failed'; readonly code: StreamErrorCode }
  | { readonly type: 'ended'; readonly stream: StreamState }
  /** The last message, which the server never took, goes back to the composer. */
  | { readonly type: 'withdrawn' };

/** Is a conversation without messages. */
export const emptyConversation: ConversationState = {
  phase: 'ready',
  code: undefined,
  messages: [],
  reading: undefined,
  taken: undefined,
};

/** Says what the page knows after one more action. Pure. */
export function reduceConversation(state: ConversationState, action: ConversationAction): ConversationState {
  switch (action.type) {
    case 'load':
      return { ...state, phase: 'loading', code: undefined };
    case 'loaded':
      return { ...state, phase: 'ready', code: undefined, ...shownOf(action.session) };
    case 'unreadable':
      return { ...state, phase: 'unreadable', code: action.code };
    case 'sent':
      return {
        ...state,
        messages: [...state.messages, { role: 'user', text: action.message }, emptyReply],
        reading: 'asked',
      };
    case 'asked-again':
      return { ...state, reading: action.reading }; // what came before stands until there is another
    case 'failed':
      return { ...state, ...withLast(state, { ...state.messages.at(-1), code: action.code, isFresh: true }) };
    case 'ended':
      return { ...state, ...withLast(state, replyOf(state, action.stream)), taken: action.stream };
    case 'withdrawn':
      return { ...state, messages: state.messages.slice(0, -2), reading: undefined };
  }
}

/** Gives the text to show for the reply that is being read. A reading from the start catches up with what is known of a
 *  reopened reply; until then that stands. */
export function textOfReading({ reading, messages }: ConversationState, { text }: Pick<StreamState, 'text'>): string {
  const known = reading === 'reopened' ? (messages.at(-1)?.text ?? '') : '';
  return text.length < known.length ? known : text;
}

const emptyReply: ShownMessage = { role: 'assistant', text: '' };

function withLast({ messages }: ConversationState, reply: Partial<ShownMessage>) {
  return { messages: [...messages.slice(0, -1), { ...emptyReply, ...reply }], reading: undefined };
}

function replyOf(state: ConversationState, stream: StreamState): ShownMessage {
  const { streamId, finishReason, code, error, retryAfter } = stream;
  return {
    role: 'assistant',
    id: state.reading === 'reopened' ? state.messages.at(-1)?.id : undefined,
    text: textOfReading(state, stream),
    streamId,
    finishReason,
    code: code ?? (error === undefined ? undefined : 'internal'),
    retryAfter,
    isFresh: true,
  };
}

function shownOf(session: SessionAnswer | undefined): Pick<ConversationState, 'messages' | 'reading'> {
  if (session === undefined) return { messages: [], reading: undefined };
  const messages = branchOf(session).map(({ id, role, content, streamId, finishReason, code }): ShownMessage => {
    return { id, role, text: content, streamId, finishReason, code };
  });
  if (session.activeStreamId === undefined) return { messages, reading: undefined };
  const isListed = messages.at(-1)?.streamId === session.activeStreamId;
  return { messages: isListed ? messages : [...messages, emptyReply], reading: 'reopened' };
}
