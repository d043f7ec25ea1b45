// Displayed state of a conversation: the branch, including the reply that is being read. An unchanged message keeps its
// object identity, so a list renders only what changed.
import type { SessionSettings, StreamErrorCode } from '@sillage/protocol';
import { isStreaming, type StreamState } from '../stream/reduce.ts';
import type { KnownConversation } from './conversation-state.ts';
import {
  branchOf,
  childrenOf,
  isOver,
  type KnownMessage,
  longer,
  longerReasoning,
  type MessageTree,
} from './message-tree.ts';

/** One displayed message. */
export interface ConversationMessage extends KnownMessage {
  /** Ids of all siblings of the message, including its own, in order of creation. */
  readonly siblings: readonly string[];
  /** Whether the message is being stored or streamed. */
  readonly isPending: boolean;
}

/** Displayed state of a conversation. */
export interface ConversationState {
  readonly sessionId: string;
  /** `loading`: the messages are being loaded; `failed`: loading failed, and `error` is the message for the user. */
  readonly status: 'loading' | 'ready' | 'failed';
  readonly error: string | undefined;
  readonly code: StreamErrorCode | undefined;
  readonly title: string | undefined;
  /** Whether the user has pinned the conversation, on any device. */
  readonly isPinned: boolean;
  /** The user's own settings, as the server has stored them. */
  readonly settings: SessionSettings;
  /** Whether the conversation was deleted, here or elsewhere. */
  readonly isDeleted: boolean;
  /** The displayed branch, oldest message first, including the active reply. */
  readonly messages: readonly ConversationMessage[];
  /** Whether there are older messages, which `loadOlder` loads. */
  readonly hasOlder: boolean;
  /** Status of the active reply, or of the one that was read last. */
  readonly stream: StreamState;
  readonly isStreaming: boolean;
}

/** Creates a memoized function that builds the displayed state. */
export function createView(sessionId: string): (known: KnownConversation, stream: StreamState) => ConversationState {
  let tree: MessageTree | undefined;
  let leafId: string | undefined;
  let branch: readonly ConversationMessage[] = [];
  return (known, stream) => {
    if (known.tree !== tree || known.leafId !== leafId) branch = shownBranch(known, branch);
    ({ tree, leafId } = known);
    const { status, error, code, title, isPinned, settings, isDeleted, next } = known;
    return {
      sessionId,
      status,
      error,
      code,
      title,
      isPinned,
      settings,
      isDeleted,
      messages: isStreaming(stream) ? withReading(branch, known.readingId, stream) : branch,
      hasOlder: next !== undefined,
      stream,
      isStreaming: isStreaming(stream),
    };
  };
}

function shownBranch({ tree, leafId }: KnownConversation, before: readonly ConversationMessage[]) {
  const children = childrenOf(tree);
  const shownBefore = new Map(before.map((message) => [message.id, message]));
  return branchOf(tree, leafId).map((message) => {
    const siblings = (children.get(message.parentId) ?? []).map(({ id }) => id);
    const isPending = message.role === 'user' ? isUnderWay(message, children.get(message.id)) : !isOver(message);
    const shown: ConversationMessage = { ...message, siblings, isPending };
    const former = shownBefore.get(message.id);
    return former && isSameShown(former, shown) ? former : shown;
  });
}

function isUnderWay({ isStored }: KnownMessage, replies: readonly KnownMessage[] = []): boolean {
  return !isStored && !replies.every(isOver);
}

function isSameShown(one: ConversationMessage, other: ConversationMessage): boolean {
  const { siblings, ...rest } = one;
  const keys = new Set([...Object.keys(rest), ...Object.keys(other)]) as Set<keyof ConversationMessage>;
  keys.delete('siblings');
  return siblings.join() === other.siblings.join() && [...keys].every((key) => one[key] === other[key]);
}

function withReading(branch: readonly ConversationMessage[], readingId: string | undefined, stream: StreamState) {
  const place = branch.findLastIndex(({ id }) => id === readingId);
  const message = branch[place];
  if (message === undefined) return branch;
  const content = longer(stream.text, message.content);
  const reasoning = longerReasoning(stream.reasoning, message);
  return branch.with(place, { ...message, content, ...reasoning, isPending: true });
}
