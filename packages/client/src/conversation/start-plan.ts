// Builds the start request for sending a message, editing one, and regenerating or continuing a reply. Pure.
import type { StreamErrorCode } from '@sillage/protocol';
import type { StartRequest } from '../stream/start-request.ts';
import type { KnownConversation } from './conversation-state.ts';
import { isAccepted, type KnownMessage, type MessageTree, replyOf } from './message-tree.ts';

/** One start request, and the position of its messages until the server has stored them. */
export interface StartPlan {
  readonly request: StartRequest;
  readonly parentId: string | undefined;
  /** Id of a message that was never stored and that this one replaces. */
  readonly withdrawnId?: string;
}

/** Builds the request that appends a message to the displayed branch. */
export function planSend({ tree, leafId }: KnownConversation, message: string): StartPlan {
  return planAfter(tree, leafId, message, { isFirst: false });
}

/** Builds the request that replaces a message by a new sibling. */
export function planEdit({ tree }: KnownConversation, edited: KnownMessage, message: string): StartPlan {
  const plan = planAfter(tree, edited.parentId, message, { isFirst: true });
  return isAccepted(tree, edited) ? plan : { ...plan, withdrawnId: edited.id };
}

/** Builds the request that regenerates a reply, or that sends its message again if it was never stored. For a user
 *  message, the newest reply is regenerated. */
export function planRegenerate(known: KnownConversation, message: KnownMessage): StartPlan | undefined {
  const reply = replyOf(known.tree, message);
  if (reply === undefined) return undefined;
  const replies = [reply, ...known.tree.values()].filter(({ role }) => role === 'assistant');
  const again = replies.find((one) => isAccepted(known.tree, one) && one.parentId === reply.parentId);
  if (again) return { request: { regenerate: again.id }, parentId: again.parentId };
  const prompt = known.tree.get(reply.parentId ?? '');
  if (prompt?.role === 'assistant') return planContinue(prompt);
  return prompt ? planEdit(known, prompt, prompt.content) : undefined;
}

/** Builds the request for a new reply that goes on from the text of one that ended early. */
export function planContinue(reply: KnownMessage): StartPlan {
  return { request: { continue: reply.id }, parentId: reply.id };
}

/** Whether the server rejected the start, so that it has not stored the message. */
export function isRefused(code: StreamErrorCode | undefined): boolean {
  return code !== undefined && code !== 'network' && code !== 'bad-response';
}

/** Builds the request that places a message after `id`. A message whose start failed cannot be a parent, so its own
 *  parent is used. A message that is being stored may not be known to the server yet, but is the end of a branch. */
function planAfter(
  tree: MessageTree,
  id: string | undefined,
  message: string,
  { isFirst }: { isFirst: boolean },
): StartPlan {
  const parent = tree.get(id ?? '');
  if (parent === undefined) return { request: { message, ...(isFirst && { parentId: null }) }, parentId: undefined };
  if (isAccepted(tree, parent)) return { request: { message, parentId: parent.id }, parentId: parent.id };
  if (replyOf(tree, parent)?.code) return planAfter(tree, parent.parentId, message, { isFirst });
  return { request: { message }, parentId: parent.id };
}
