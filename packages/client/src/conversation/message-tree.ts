// Tree of all known messages of a conversation; a regenerated or edited message is a sibling. Pure. A newly sent
// message has a local id until a response shows which stored message it became.
import { failureMessages, type MessageAnswer, type StreamErrorCode } from '@sillage/protocol';

/** One message as this page knows it. */
export interface KnownMessage extends Omit<MessageAnswer, 'code'> {
  /** Local key of the message. It does not change when the server assigns an `id`, so it can be the key of a list
   *  item. */
  readonly key: string;
  /** Whether the server has stored the message under this `id`. */
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

/** Finds a message by its id, or by the local id that it had before it was stored. */
export function findMessage(tree: MessageTree, id: string): KnownMessage | undefined {
  return tree.get(id) ?? [...tree.values()].find(({ key }) => key === id);
}

/** Returns the messages from the first known one to `leafId`. */
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

/** Returns the tree with another id for a message, also in its children. A message that already has the new id is
 *  merged with it. */
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

/** Merges messages from the server: updates a known message, matches a newly sent one by its stream (or by its text
 *  if its stream never became known), and adds the others. */
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

/** Whether a reply without a stream may be stored on the server: its start was not rejected, or the response was
 *  lost. */
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
  return one?.promptTokens === other?.promptTokens && one?.completionTokens === other?.completionTokens;
}

/** Compares by time of creation. Messages that are not stored come last, whatever the clocks say. */
function byCreation(one: KnownMessage, other: KnownMessage): number {
  if (one.isStored !== other.isStored) return one.isStored ? -1 : 1;
  if (!one.isStored || one.createdAt === other.createdAt) return 0;
  return one.createdAt < other.createdAt ? -1 : 1;
}
