// Tree of all known messages of a conversation; a regenerated or edited message is a sibling. Pure.
import { failureMessages, type SessionMessage, type StreamErrorCode, type Usage } from '@sillage/protocol';

/** One message as this page knows it. */
export interface KnownMessage extends Omit<SessionMessage, 'code'> {
  /** Whether a response has contained the message. */
  readonly isStored: boolean;
  readonly code?: StreamErrorCode;
  /** Error message for the user, if the reply failed. */
  readonly error?: string;
}

/** Messages by id. */
export type MessageTree = ReadonlyMap<string, KnownMessage>;

/** Whether a message is final: it has a finish reason, or failed. */
export function isOver({ finishReason, code }: KnownMessage): boolean {
  return finishReason !== undefined || code !== undefined;
}

/** Returns the message itself if it is a reply, or else its newest reply. */
export function replyOf(tree: MessageTree, message: KnownMessage): KnownMessage | undefined {
  return message.role === 'assistant'
    ? message
    : [...tree.values()].findLast(({ role, parentId }) => role === 'assistant' && parentId === message.id);
}

/** Whether the server has the message: a response has contained it, or its start was accepted. */
export function isAccepted(tree: MessageTree, message: KnownMessage): boolean {
  return message.isStored || replyOf(tree, message)?.streamId !== undefined;
}

/** Returns the messages from the first known one to `leafId`. */
export function branchOf<Message extends { readonly parentId?: string }>(
  tree: ReadonlyMap<string, Message>,
  leafId: string | undefined,
): readonly Message[] {
  const branch = new Set<Message>();
  for (let id = leafId; id !== undefined; ) {
    const message = tree.get(id);
    if (message === undefined || branch.has(message)) break;
    branch.add(message);
    id = message.parentId;
  }
  return [...branch].reverse();
}

/** Returns the children of each parent in order of creation. First messages have the parent `undefined`. */
export function childrenOf(tree: MessageTree): ReadonlyMap<string | undefined, readonly KnownMessage[]> {
  return Map.groupBy([...tree.values()].sort(byCreation), ({ parentId }) => parentId);
}

/** Returns the last message of the newest branch that contains a message. */
export function newestLeafBehind(tree: MessageTree, id: string): string {
  const children = childrenOf(tree);
  const seen = new Set<string>();
  let leafId = id;
  while (!seen.has(leafId)) {
    seen.add(leafId);
    leafId = children.get(leafId)?.at(-1)?.id ?? leafId;
  }
  return leafId;
}

/** Merges messages from the server: updates the known ones and adds the others. */
export function merged(tree: MessageTree, messages: readonly SessionMessage[]): MessageTree {
  const next = new Map(tree);
  for (const message of messages) next.set(message.id, stored(message, next.get(message.id)));
  return next;
}

function stored(message: SessionMessage, known: KnownMessage | undefined): KnownMessage {
  const fresh: KnownMessage = {
    ...message,
    isStored: true,
    ...(message.code && { error: failureMessages[message.code] ?? failureMessages.internal }),
  };
  if (known === undefined) return fresh;
  const isPartial = message.role === 'assistant' && message.finishReason === undefined;
  const { content, ...rest } = known;
  const next = isPartial ? { ...rest, ...fresh, content: longer(content, fresh.content) } : fresh;
  return isSame(known, next) ? known : next;
}

/** Returns the longer of two texts of one reply, which is the more recent one. */
export function longer(one: string, other: string): string {
  return one.length > other.length ? one : other;
}

/** Returns the `reasoning` of a reply: the longer one, if there is any. */
export function longerReasoning(reasoning: string, message: KnownMessage): { reasoning?: string } {
  const longest = longer(reasoning, message.reasoning ?? '');
  return longest === '' ? {} : { reasoning: longest };
}

function isSame(one: KnownMessage, other: KnownMessage): boolean {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<keyof KnownMessage>;
  return [...keys].every((key) => one[key] === other[key] || (key === 'usage' && isSameUsage(one, other)));
}

function isSameUsage({ usage: one }: KnownMessage, { usage: other }: KnownMessage): boolean {
  const keys = new Set([...Object.keys(one ?? {}), ...Object.keys(other ?? {})]) as Set<keyof Usage>;
  return [...keys].every((key) => one?.[key] === other?.[key]);
}

function byCreation(one: KnownMessage, other: KnownMessage): number {
  if (one.createdAt === other.createdAt) return 0;
  return one.createdAt < other.createdAt ? -1 : 1;
}
