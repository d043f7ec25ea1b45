// Reducer of a conversation. Pure: sends, server responses and branch selections may arrive in any order, and the
// displayed branch is always a path through the tree.
import type { SessionResponse, SessionSettings, StreamErrorCode, StreamId } from '@sillage/protocol';
import type { StreamState } from '../stream/reduce.ts';
import {
  branchOf,
  type KnownMessage,
  longer,
  longerReasoning,
  type MessageTree,
  merged,
  newestLeafBehind,
} from './message-tree.ts';

/** State of a conversation, except for the stream that is being read. */
export interface KnownConversation {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly error: string | undefined;
  readonly code: StreamErrorCode | undefined;
  readonly title: string | undefined;
  readonly isPinned: boolean;
  readonly settings: SessionSettings;
  /** Whether the conversation existed and was deleted. */
  readonly isDeleted: boolean;
  readonly tree: MessageTree;
  /** Id of the last message of the displayed branch. */
  readonly leafId: string | undefined;
  /** Id of the last message of the branch that the server has stored as selected. */
  readonly savedLeafId: string | undefined;
  /** Id of the reply that the stream belongs to. */
  readonly readingId: string | undefined;
  /** Number of local changes. A response to an earlier request does not reflect them. */
  readonly changes: number;
  /** Where the next page of older messages begins; `undefined` if there are none. */
  readonly next: string | undefined;
}

/** Events of a conversation. */
export type ConversationEvent =
  | { readonly type: 'loading' }
  | { readonly type: 'failed'; readonly error: string; readonly code: StreamErrorCode }
  /** The newest messages were loaded. `isStale`: the conversation has changed locally since the request. */
  | { readonly type: 'loaded'; readonly session: SessionResponse | undefined; readonly isStale: boolean }
  | { readonly type: 'loaded-older'; readonly session: SessionResponse }
  /** A message was sent after `parentId`; without `message`, only a reply was requested. */
  | {
      readonly type: 'sent';
      readonly parentId: string | undefined;
      readonly message?: { readonly id: string; readonly content: string };
      readonly replyId: string;
      readonly createdAt: string;
    }
  /** The server has accepted a start; the stream of its reply is known. */
  | { readonly type: 'opened'; readonly id: string; readonly streamId: StreamId }
  /** A reply is being read, possibly again. Errors of an earlier read no longer apply. */
  | { readonly type: 'reading'; readonly id: string }
  /** A reply is no longer read, whether it has ended or not. */
  | { readonly type: 'left'; readonly id: string; readonly stream: StreamState }
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
  isPinned: false,
  settings: {},
  isDeleted: false,
  tree: new Map(),
  leafId: undefined,
  savedLeafId: undefined,
  readingId: undefined,
  changes: 0,
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
      return { ...known, tree: merged(known.tree, messages), next };
    }
    case 'sent':
      return changed(sent(known, event));
    case 'opened':
      return changed(withMessage(known, event.id, (message) => ({ ...message, streamId: event.streamId })));
    case 'reading':
      return {
        ...withMessage(known, event.id, ({ code, error, retryAfter, ...message }) => message),
        readingId: event.id,
      };
    case 'left': {
      const readingId = event.id === known.readingId ? undefined : known.readingId;
      return { ...withMessage(known, event.id, (message) => readUpTo(message, event.stream)), readingId };
    }
    case 'selected':
      return known.tree.has(event.id) ? changed({ ...known, leafId: newestLeafBehind(known.tree, event.id) }) : known;
    case 'saved':
      return changed({ ...known, savedLeafId: event.leafId });
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
    if (!hasStored(known) || isStale) return known;
    return { ...unknownConversation, status: 'ready' as const, changes: known.changes, isDeleted: true };
  }
  const { title, pinned: isPinned = false, messages } = session;
  const settings = isSame(known.settings, session.settings ?? {}) ? known.settings : (session.settings ?? {});
  const isContiguous = messages.some(({ id }) => known.tree.get(id)?.isStored);
  const next = isContiguous ? known.next : session.next;
  const updated = { ...known, tree: merged(known.tree, messages), title, isPinned, settings, next, isDeleted: false };
  return isStale ? updated : withLeafOf(updated, session.leafId);
}

function isSame(one: SessionSettings, other: SessionSettings): boolean {
  return one.model === other.model && one.temperature === other.temperature && one.systemPrompt === other.systemPrompt;
}

/** Follows the branch that was selected elsewhere, unless a send is pending here. */
function withLeafOf(known: KnownConversation, leafId: string | undefined): KnownConversation {
  if (leafId === undefined || !known.tree.has(leafId)) return known;
  const shown = known.leafId === undefined ? undefined : known.tree.get(known.leafId);
  const isMoved = leafId !== known.savedLeafId;
  const isSending = shown?.isStored === false && shown.code === undefined;
  return { ...known, savedLeafId: leafId, leafId: shown && (!isMoved || isSending) ? shown.id : leafId };
}

function changed(known: KnownConversation): KnownConversation {
  return { ...known, changes: known.changes + 1 };
}

function sent(
  known: KnownConversation,
  { parentId, message, replyId, createdAt: now }: ConversationEvent & { type: 'sent' },
): KnownConversation {
  const tree = new Map(known.tree);
  // Clocks differ, but new messages come after the known ones.
  const createdAt = [...tree.values()].reduce((latest, one) => (one.createdAt > latest ? one.createdAt : latest), now);
  const add = (id: string, role: 'user' | 'assistant', content: string, parent: string | undefined) =>
    tree.set(id, { id, role, content, createdAt, isStored: false, ...(parent && { parentId: parent }) });
  if (message) add(message.id, 'user', message.content, parentId);
  add(replyId, 'assistant', '', message?.id ?? parentId);
  return { ...known, tree, leafId: replyId, isDeleted: false };
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

function withMessage(
  known: KnownConversation,
  id: string | undefined,
  change: (message: KnownMessage) => KnownMessage,
): KnownConversation {
  const message = known.tree.get(id ?? '');
  return message ? { ...known, tree: new Map(known.tree).set(message.id, change(message)) } : known;
}
