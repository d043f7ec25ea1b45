// What a page shows of a conversation: the branch, and in it the reply that is being read. A message that has not changed
// is the same object as before, so a list draws only what is new.
import type { StreamErrorCode } from '@sillage/protocol';
import { isStreaming, type StreamState } from '../stream/reduce.ts';
import type { KnownConversation } from './conversation-state.ts';
import { branchOf, childrenOf, isOver, type KnownMessage, longer, type MessageTree } from './message-tree.ts';

/** Is one message as it is shown. */
export interface ConversationMessage extends KnownMessage {
  /** The ids of all messages in its place, its own too, in order of creation. */
  readonly siblings: readonly string[];
  /** It is being stored, or more is to come. */
  readonly isPending: boolean;
}

/** Is a conversation as it is shown. */
export interface ConversationState {
  readonly sessionId: string;
  /** `loading`: its messages are asked for; `failed`: they could not be had, and `error` says what to do. */
  readonly status: 'loading' | 'ready' | 'failed';
  readonly error: string | undefined;
  readonly code: StreamErrorCode | undefined;
  readonly title: string | undefined;
  /** It was deleted, here or elsewhere: its messages are gone. */
  readonly isDeleted: boolean;
  /** The branch that is shown, oldest first, the reply under way included. */
  readonly messages: readonly ConversationMessage[];
  /** There are older messages: `loadOlder` gets them. */
  readonly hasOlder: boolean;
  /** Of the reply under way, or of the one that was read last. */
  readonly stream: StreamState;
  readonly isStreaming: boolean;
}

/** Says what is known, and which reply is being read. */
export interface Viewed {
  readonly known: KnownConversation;
  /** The reply to which the stream belongs, by its key. */
  readonly readingKey: string | undefined;
  readonly stream: StreamState;
}

/** Makes the function that builds what is shown; it remembers what it built last. */
export function createView(sessionId: string): (viewed: Viewed) => ConversationState {
  let tree: MessageTree | undefined;
  let leafId: string | undefined;
  let branch: readonly ConversationMessage[] = [];
  return ({ known, readingKey, stream }) => {
    if (known.tree !== tree || known.leafId !== leafId) branch = shownBranch(known, branch);
    ({ tree, leafId } = known);
    const { status, error, code, title, isDeleted, next } = known;
    return {
      sessionId,
      status,
      error,
      code,
      title,
      isDeleted,
      messages: isStreaming(stream) ? withReading(branch, readingKey, stream) : branch,
      hasOlder: next !== undefined,
      stream,
      isStreaming: isStreaming(stream),
    };
  };
}

function shownBranch({ tree, leafId }: KnownConversation, before: readonly ConversationMessage[]) {
  const children = childrenOf(tree);
  const shownBefore = new Map(before.map((message) => [message.key, message]));
  return branchOf(tree, leafId).map((message) => {
    const siblings = (children.get(message.parentId) ?? []).map(({ id }) => id);
    const isPending = message.role === 'user' ? isUnderWay(message, children.get(message.id)) : !isOver(message);
    const shown: ConversationMessage = { ...message, siblings, isPending };
    const former = shownBefore.get(message.key);
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

function withReading(branch: readonly ConversationMessage[], key: string | undefined, stream: StreamState) {
  const place = branch.findLastIndex((message) => message.key === key);
  const message = branch[place];
  if (message === undefined) return branch;
  const content = longer(stream.text, message.content);
  return branch.with(place, { ...message, content, isPending: true });
}
