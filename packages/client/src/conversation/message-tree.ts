// Every message that is known of a conversation: a tree, because a regenerated or edited message is a sibling. Pure.
// A message that was just sent stands in it under an id of this page until an answer shows which stored one it became.
import { failureMessages, type MessageAnswer, type StreamErrorCode } from '@sillage/protocol';

/** Is one message as this page knows it. */
export interface KnownMessage extends Omit<MessageAnswer, 'code'> {
  /** Names the message on this page; it stays when the server gives an `id`, so a list can be keyed by it. */
  readonly key: string;
  /** The server has it, under this `id`. */
  readonly isStored: boolean;
  readonly code?: StreamErrorCode;
  /** What a person can do, where the reply failed. */
  readonly error?: string;
  /** How long the server asks to wait before asking again, in seconds. */
  readonly retryAfter?: number;
}

/** Holds messages by their id. */
export type MessageTree = ReadonlyMap<string, KnownMessage>;

/** Says that no more is to come of a message: it has an end, or failed. */
export function isOver({ finishReason, code }: KnownMessage): boolean {
  return finishReason !== undefined || code !== undefined;
}

/** Finds a message by its id, or by the one it had before it was stored. */
export function findMessage(tree: MessageTree, id: string): KnownMessage | undefined {
  return tree.get(id) ?? [...tree.values()].find(({ key }) => key === id);
}

/** Lists the messages from the first one that is known to `leafId`. */
export function branchOf(tree: MessageTree, leafId: string | undefined): readonly KnownMessage[] {
  const branch = new Set<KnownMessage>();
  for (let id = leafId; id !== undefined; ) {
    const message = tree.get(id);
    if (message === undefined || branch.has(message)) break;
    branch.add(message);
    id = message.parentId;
  }
  return [...branch].reverse();
}

/** Lists the messages behind each parent, in order of creation; first messages are behind `undefined`. */
export function childrenOf(tree: MessageTree): ReadonlyMap<string | undefined, readonly KnownMessage[]> {
  return Map.groupBy([...tree.values()].sort(byCreation), ({ parentId }) => parentId);
}

/** Finds the end of the newest branch on which a message lies. */
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

/** Gives a message another id, wherever it is named; a message that stood under it becomes the same one. */
export function renamed(tree: MessageTree, id: string, newId: string): MessageTree {
  const message = tree.get(id);
  if (message === undefined || id === newId) return tree;
  const twin = tree.get(newId);
  const next = new Map<string, KnownMessage>();
  for (const one of tree.values()) {
    if (one === message) next.set(newId, { ...message, ...twin, id: newId, key: message.key, isStored: true });
    else if (one !== twin) next.set(one.id, one.parentId === id ? { ...one, parentId: newId } : one);
  }
  return next;
}

/** Takes in what the server has: a message that is known is brought up to date, one that was just sent is recognised by
 *  its stream (or by its text, where its stream never became known), the others are added. */
export function merged(tree: MessageTree, answers: readonly MessageAnswer[]): MessageTree {
  const next = new Map(answers.reduce(recognised, tree));
  for (const answer of answers) next.set(answer.id, stored(answer, next.get(answer.id)));
  return next;
}

function recognised(tree: MessageTree, answer: MessageAnswer): MessageTree {
  if (tree.get(answer.id)?.isStored) return tree;
  const sent = [...tree.values()].filter(({ isStored, role }) => !isStored && role === answer.role);
  const twin = sent.find((one) => isTwin(tree, one, answer));
  if (twin === undefined) return tree;
  const next = renamed(tree, twin.id, answer.id);
  const asked = twin.parentId === undefined ? undefined : tree.get(twin.parentId);
  if (asked === undefined || asked.isStored || answer.parentId === undefined) return next;
  return renamed(next, asked.id, answer.parentId);
}

function isTwin(tree: MessageTree, sent: KnownMessage, answer: MessageAnswer): boolean {
  if (sent.streamId !== undefined) return sent.streamId === answer.streamId;
  if (sent.parentId !== answer.parentId) return false;
  if (sent.role === 'assistant') return mayBeStored(sent);
  const reply = [...tree.values()].find(({ parentId }) => parentId === sent.id);
  const isUnknown = reply !== undefined && reply.streamId === undefined && mayBeStored(reply);
  return isUnknown && sent.content === answer.content;
}

/** Says whether a reply without a stream may have one on the server: its start was not refused, its answer got lost. */
function mayBeStored({ finishReason, code }: KnownMessage): boolean {
  return finishReason !== undefined || code === 'network' || code === 'bad-response';
}

function stored(answer: MessageAnswer, known: KnownMessage | undefined): KnownMessage {
  const fresh: KnownMessage = {
    ...answer,
    key: known?.key ?? answer.id,
    isStored: true,
    ...(answer.code && { error: failureMessages[answer.code] ?? failureMessages.internal }),
  };
  if (known === undefined) return fresh;
  const isBehind = answer.role === 'assistant' && answer.finishReason === undefined;
  const { content, ...rest } = known;
  const next = isBehind ? { ...rest, ...fresh, content: longer(content, fresh.content) } : fresh;
  return isSame(known, next) ? known : next;
}

/** Gives the longer of two texts of one reply: the one that is further on. */
export function longer(one: string, other: string): string {
  return one.length > other.length ? one : other;
}

function isSame(one: KnownMessage, other: KnownMessage): boolean {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<keyof KnownMessage>;
  return [...keys].every((key) => one[key] === other[key] || (key === 'usage' && isSameUsage(one, other)));
}

function isSameUsage({ usage: one }: KnownMessage, { usage: other }: KnownMessage): boolean {
  return one?.promptTokens === other?.promptTokens && one?.completionTokens === other?.completionTokens;
}

/** What was just sent is the newest, whatever the clocks say. */
function byCreation(one: KnownMessage, other: KnownMessage): number {
  if (one.isStored !== other.isStored) return one.isStored ? -1 : 1;
  if (!one.isStored || one.createdAt === other.createdAt) return 0;
  return one.createdAt < other.createdAt ? -1 : 1;
}
