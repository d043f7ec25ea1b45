// What to ask the server for when a person sends, edits or asks again, given what is known. Pure.
import type { StreamErrorCode } from '@sillage/protocol';
import type { StartRequest } from '../stream/start-request.ts';
import { hasStored, type KnownConversation } from './conversation-state.ts';
import type { KnownMessage, MessageTree } from './message-tree.ts';

/** Is one start, and where its messages stand until the server has stored them. */
export interface Asking {
  readonly request: StartRequest;
  readonly parentId: string | undefined;
  /** A message that the server never took, and in whose place this one comes. */
  readonly withdrawnId?: string;
}

/** Sends a message behind the branch that is shown. */
export function sending({ tree, leafId }: KnownConversation, message: string): Asking {
  return behind(tree, leafId, message, { isFirst: false });
}

/** Sends a message in the place of another. */
export function editing(known: KnownConversation, { id, isStored, parentId }: KnownMessage, message: string): Asking {
  const asking = behind(known.tree, parentId, message, { isFirst: hasStored(known) });
  return isStored ? asking : { ...asking, withdrawnId: id };
}

/** Asks for a reply again, or sends its message again where the server never took it; of a message, the newest reply. */
export function regenerating(known: KnownConversation, message: KnownMessage): Asking | undefined {
  const replies = [...known.tree.values()].filter(({ role }) => role === 'assistant');
  const reply = message.role === 'assistant' ? message : replies.findLast(({ parentId }) => parentId === message.id);
  if (reply === undefined) return undefined;
  const again = [reply, ...replies].find((one) => one.isStored && one.parentId === reply.parentId);
  if (again) return { request: { regenerate: again.id }, parentId: again.parentId };
  const prompt = known.tree.get(reply.parentId ?? '');
  return prompt && !prompt.isStored ? editing(known, prompt, prompt.content) : undefined;
}

/** Says whether a reply failed, or the reply to a message. */
export function hasFailed(
  tree: MessageTree,
  message: KnownMessage,
  isThat: (code: StreamErrorCode | undefined) => boolean = (code) => code !== undefined,
): boolean {
  if (message.role === 'assistant') return isThat(message.code);
  return [...tree.values()].some((reply) => reply.parentId === message.id && hasFailed(tree, reply, isThat));
}

/** Says that the server has not taken the message: there is nothing of it to be asked for. */
export function isRefused(code: StreamErrorCode | undefined): boolean {
  return code !== undefined && code !== 'network' && code !== 'bad-response';
}

/** What the server never took can have nothing behind it; what it is storing has no id yet, but is the end of a branch. */
function behind(tree: MessageTree, id: string | undefined, message: string, { isFirst }: { isFirst: boolean }): Asking {
  const parent = tree.get(id ?? '');
  if (parent === undefined) return { request: { message, ...(isFirst && { parentId: null }) }, parentId: undefined };
  if (parent.isStored) return { request: { message, parentId: parent.id }, parentId: parent.id };
  if (hasFailed(tree, parent)) return behind(tree, parent.parentId, message, { isFirst });
  return { request: { message }, parentId: parent.id };
}
