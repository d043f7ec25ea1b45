// A conversation is a tree: regenerated and edited messages are siblings. The page shows the branch last used.
import type { MessageAnswer, SessionAnswer } from '@sillage/protocol';

/** Lists the messages from the first one to `leafId`; a conversation without a leaf is shown whole. */
export function branchOf({ messages, leafId }: Pick<SessionAnswer, 'messages' | 'leafId'>): readonly MessageAnswer[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const branch: MessageAnswer[] = [];
  let message = leafId === undefined ? undefined : byId.get(leafId);
  if (message === undefined) return messages;
  while (message !== undefined && branch.length < messages.length) {
    branch.push(message);
    message = message.parentId === undefined ? undefined : byId.get(message.parentId);
  }
  return branch.reverse();
}
