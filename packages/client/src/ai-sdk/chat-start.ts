// Translates a request of the AI SDK into a start of ours. The ids of messages are kept, so the page, the store and another
// device name a message alike; the stored conversation decides what a message of the page is.
import { type SessionMessage, StreamError, type StreamId } from '@sillage/protocol';
import type { UIMessage } from 'ai';
import type { StartRequest } from '../stream/start-request.ts';
import { uniqueId } from '../stream/unique-id.ts';
import type { ReplyMetadata } from './reply-metadata.ts';

/** A request as a chat makes it. */
export interface ChatSubmission {
  readonly trigger: 'submit-message' | 'regenerate-message';
  /** `submit-message`: the message that is edited or sent again; `regenerate-message`: the reply, or its prompt. */
  readonly messageId: string | undefined;
  readonly messages: readonly UIMessage[];
}

/** What is to be read: a stream that exists, or that a start makes. */
export type ChatStart =
  | { readonly streamId: StreamId; readonly request?: undefined; readonly replyId: string }
  | { readonly key: string; readonly request: StartRequest; readonly replyId: string };

/** Loads stored messages, newest page first, until `isEnough` or all are here. */
type ReadStored = (isEnough: (messages: readonly SessionMessage[]) => boolean) => Promise<readonly SessionMessage[]>;

/** Builds the start of a request. Only an edit, a repeat and a regeneration read what is stored.
 *  @throws {StreamError} `bad-request` when the messages do not end with text of the user; whatever reading throws. */
export async function chatStartOf(
  { trigger, messageId, messages }: ChatSubmission,
  readStored: ReadStored,
): Promise<ChatStart> {
  const last = messages.at(-1);
  const message = last?.role === 'user' ? textOf(last) : undefined;
  const isNew = trigger === 'submit-message' && messageId === undefined;
  const stored = isNew ? [] : await readStored((known) => known.some(({ id }) => id === last?.id || id === messageId));
  const known = stored.find(({ id }) => id === last?.id);
  const same = known && (message === undefined ? known : sameText(stored, known, message));
  const named = stored.find(({ id, role }) => id === messageId && role === 'assistant');
  const reply =
    named ?? (same && stored.findLast(({ role, parentId }) => role === 'assistant' && parentId === same.id));
  if (reply && (message !== undefined || trigger === 'regenerate-message')) {
    const { id, finishReason, streamId } = reply;
    const isRepeat = trigger === 'submit-message' && finishReason === undefined;
    return isRepeat && streamId ? { streamId, replyId: id } : inPlace({ regenerate: id });
  }
  if (!last || message === undefined) {
    throw new StreamError('bad-request', 'The last message must be one of the user.');
  }
  if (known) return inPlace({ message, messageId: uniqueId(), parentId: known.parentId ?? null });
  return newMessage(last.id, message, lastReplyId(messages));
}

/** A new message. It has the same key and the same ids each time it is sent, so two sends are one start. */
function newMessage(messageId: string, message: string, parentId: string | undefined): ChatStart {
  const replyId = `reply-${messageId}`;
  const request = { message, messageId, replyId, ...(parentId && { parentId }) };
  return { key: encodeURIComponent(messageId), request, replyId };
}

/** A start whose place in the conversation the request names. */
function inPlace(request: StartRequest): ChatStart {
  const replyId = uniqueId();
  return { key: replyId, request: { ...request, replyId }, replyId };
}

/** The stored message that the page shows: `known`, or, after an edit, which keeps the id in the page, its newest sibling with
 *  this text. */
function sameText(stored: readonly SessionMessage[], known: SessionMessage, text: string): SessionMessage | undefined {
  const siblings = stored.filter(({ role, parentId }) => role === 'user' && parentId === known.parentId);
  return [...siblings, known].findLast(({ content }) => content === text);
}

/** The last reply that the page shows and this server has stored, not a greeting that the page wrote. */
function lastReplyId(messages: readonly UIMessage[]): string | undefined {
  return messages.findLast(
    ({ role, metadata }) => role === 'assistant' && (metadata as ReplyMetadata | undefined)?.streamId,
  )?.id;
}

/** @throws {StreamError} when the message has a part that is not text, which would be lost. */
function textOf({ parts }: UIMessage): string {
  const texts = parts.map((part) => {
    if (part.type !== 'text') throw new StreamError('bad-request', 'Only text can be sent. Remove the attachment.');
    return part.text;
  });
  return texts.join('');
}
