// Reducer of a conversation. Pure: sends, server responses and branch selections may arrive in any order, and the
// displayed branch is always a path through the tree.
import type { SessionAnswer, StreamErrorCode, StreamId } from '@sillage/protocol';
import type { StreamState } from '../stream/reduce.ts';
import {
  branchOf,
  type KnownMessage,
  longer,
  longerReasoning,
  type MessageTree,
  merged,
  newestLeafBehind,
  renamed,
} from './message-tree.ts';

/** State of a conversation, except for the stream that is being read. */
export interface KnownConversation {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly error: string | undefined;
  readonly code: StreamErrorCode | undefined;
  readonly title: string | undefined;
  /** Whether the conversation existed and was deleted. */
  readonly isDeleted: boolean;
  readonly tree: MessageTree;
  /** Id of the last message of the displayed branch. */
  readonly leafId: string | undefined;
  /** Id of the last message of the branch that the server has stored as selected. */
  readonly savedLeafId: string | undefined;
  /** Where the next page of older messages begins; `undefined` if there are none. */
  readonly next: string | undefined;
}

/** Events of a conversation. Messages created on this page are identified by their `key`. */
export type ConversationEvent =
  | { readonly type: 'loading' }
  | { readonly type: 'failed'; readonly error: string; readonly code: StreamErrorCode }
  /** The newest messages were loaded. `isStale`: the branch has changed locally since the request. */
  | { readonly type: 'loaded'; readonly session: SessionAnswer | undefined; readonly isStale: boolean }
  | { readonly type: 'loaded-older'; readonly session: SessionAnswer }
  /** A message was sent after `parentId`; without `message`, only a reply was requested. */
  | {
      readonly type: 'sent';
      readonly parentId: string | undefined;
      readonly message?: { readonly key: string; readonly content: string };
      readonly replyKey: string;
      readonly createdAt: string;
    }
  /** The stream of a reply became known. */
  | { readonly type: 'opened'; readonly key: string; readonly streamId: StreamId }
  /** A reply is being read, possibly again. Errors of an earlier read no longer apply. */
  | { readonly type: 'reading'; readonly key: string }
  /** A reply is no longer read, whether it has ended or not. */
  | { readonly type: 'left'; readonly key: string; readonly stream: StreamState }
  | { readonly type: 'selected'; readonly id: string }
  /** The server has stored the branch selection. */
  | { readonly type: 'saved'; readonly leafId: string }
  /** A message that was never stored is removed together with its replies. */
  | { readonly type: 'withdrawn'; readonly id: string };

/** Initial state, before anything is loaded. */
export const unknownConversation: KnownConversation = {
  status: 'loading',
  error: undefined,
  code: undefined,
  title: undefined,
  isDeleted: false,
  tree: new Map(),
  leafId: undefined,
  savedLeafId: undefined,
  next: undefined,
};

/** Returns the state after one more event. */
export function reduceConversation(known: KnownConversation, event: ConversationEvent): KnownConversation {
  switch (event.type) {
    case 'loading':
      return { ...known, status: 'loading', error: undefined, code: undefined };
    case 'failed':
      return { ...known, status: 'failed', error: event.error, code: event.code };
    case 'loaded':
      return loaded({ ...known, status: 'ready', error: undefined, code: undefined }, event);
    case 'loaded-older': {
      const { messages, next } = event.session;
      return { ...withTree(known, merged(known.tree, messages)), next };
    }
    case 'sent':
      return sent(known, event);
    case 'opened':
      return opened(known, event);
    case 'reading':
      return withMessage(known, event.key, ({ code, error, retryAfter, ...message }) => message);
    case 'left':
      return withMessage(known, event.key, (message) => readUpTo(message, event.stream));
    case 'selected':
      return known.tree.has(event.id) ? { ...known, leafId: newestLeafBehind(known.tree, event.id) } : known;
    case 'saved':
      return { ...known, savedLeafId: event.leafId };
    case 'withdrawn':
      return withdrawn(known, event.id);
  }
}

/** Whether any of the messages is known to be stored on the server. */
export function hasStored({ tree }: KnownConversation): boolean {
  return [...tree.values()].some(({ isStored }) => isStored);
}

function loaded(known: KnownConversation, { session, isStale }: ConversationEvent & { type: 'loaded' }) {
  if (session === undefined) {
    return hasStored(known) ? { ...unknownConversation, status: 'ready' as const, isDeleted: true } : known;
  }
  const { title, messages } = session;
  const isContiguous = messages.some(({ id }) => known.tree.get(id)?.isStored);
  const next = isContiguous ? known.next : session.next;
  const updated = { ...withTree(known, merged(known.tree, messages)), title, next, isDeleted: false };
  return isStale ? updated : withLeafOf(updated, session.leafId);
}

/** Follows the branch that was selected elsewhere, unless a send is pending here. */
function withLeafOf(known: KnownConversation, leafId: string | undefined): KnownConversation {
  if (leafId === undefined || !known.tree.has(leafId)) return known;
  const shown = known.leafId === undefined ? undefined : known.tree.get(known.leafId);
  const isMoved = leafId !== known.savedLeafId;
  const isSending = shown?.isStored === false && shown.code === undefined;
  return { ...known, savedLeafId: leafId, leafId: shown && (!isMoved || isSending) ? shown.id : leafId };
}

function sent(
  known: KnownConversation,
  { parentId, message, replyKey, createdAt }: ConversationEvent & { type: 'sent' },
) {
  const tree = new Map(known.tree);
  const add = (key: string, role: 'user' | 'assistant', content: string, behind: string | undefined) =>
    tree.set(key, { id: key, key, role, content, createdAt, isStored: false, ...(behind && { parentId: behind }) });
  if (message) add(message.key, 'user', message.content, parentId);
  add(replyKey, 'assistant', '', message?.key ?? parentId);
  return { ...known, tree, leafId: replyKey, isDeleted: false };
}

/** If a server response arrived before the response to the start, the reply is already in the tree. */
function opened(known: KnownConversation, { key, streamId }: ConversationEvent & { type: 'opened' }) {
  const updated = withMessage(known, key, (message) => ({ ...message, streamId: message.streamId ?? streamId }));
  const twin = [...updated.tree.values()].find((one) => one.streamId === streamId && one.isStored);
  const reply = [...updated.tree.values()].find((one) => one.key === key);
  if (twin === undefined || reply === undefined || reply.isStored) return updated;
  const asked = reply.parentId === undefined ? undefined : updated.tree.get(reply.parentId);
  const tree = renamed(updated.tree, reply.id, twin.id);
  const isAskedStored = asked === undefined || asked.isStored || twin.parentId === undefined;
  return withTree(updated, isAskedStored ? tree : renamed(tree, asked.id, twin.parentId));
}

function readUpTo(message: KnownMessage, stream: StreamState): KnownMessage {
  const { text, reasoning, reasoningMs, streamId, finishReason, usage, code, error, retryAfter } = stream;
  return {
    ...message,
    content: longer(text, message.content),
    ...longerReasoning(reasoning, message),
    ...(reasoningMs !== undefined && { reasoningMs }),
    ...(streamId && { streamId }),
    ...(finishReason && { finishReason }),
    ...(usage && { usage }),
    ...(error !== undefined && { error, code: code ?? 'internal' }),
    ...(error !== undefined && retryAfter !== undefined && { retryAfter }),
  };
}

function withdrawn(known: KnownConversation, id: string): KnownConversation {
  const parentId = known.tree.get(id)?.parentId;
  const tree = new Map([...known.tree].filter(([one]) => !branchOf(known.tree, one).some((above) => above.id === id)));
  const isShown = known.leafId === undefined || tree.has(known.leafId);
  return { ...known, tree, leafId: isShown ? known.leafId : parentId };
}

function withMessage(known: KnownConversation, key: string, change: (message: KnownMessage) => KnownMessage) {
  const message = [...known.tree.values()].find((one) => one.key === key);
  return message ? { ...known, tree: new Map(known.tree).set(message.id, change(message)) } : known;
}

/** Replaces the tree. If the last message of the displayed branch has a new id there, `leafId` is updated to it. */
function withTree(known: KnownConversation, tree: MessageTree): KnownConversation {
  const { leafId } = known;
  if (leafId === undefined || tree.has(leafId)) return { ...known, tree };
  return { ...known, tree, leafId: [...tree.values()].find(({ key }) => key === leafId)?.id };
}
