// Starts replies in a conversation. Message and reply have ids of this client, so a start whose response was lost is sent
// again unchanged, and is the same start even if the server has stored it.
import type { StartRequest } from '../stream/start-request.ts';
import { uniqueId } from '../stream/unique-id.ts';
import type { ConversationStore } from './conversation-store.ts';
import { type KnownMessage, replyOf } from './message-tree.ts';
import type { ReplyReader } from './reply-reader.ts';
import { isRefused, planContinue, planEdit, planRegenerate, planSend, type StartPlan } from './start-plan.ts';

/** Fields of a chat request that are the same for every message. */
export type StartLabels = Pick<
  StartRequest,
  'model' | 'temperature' | 'maxTokens' | 'systemPrompt' | 'workspaceId' | 'projectId' | 'currentOrganizationId'
>;

/** Inputs of the starts. */
export interface Starting {
  readonly store: ConversationStore;
  readonly reader: ReplyReader;
  readonly options: () => StartLabels & { readonly now?: (() => number) | undefined };
}

/** Creates the functions that send a message, edit one, and regenerate or continue a reply. */
export function createStarts(sessionId: string, { store, reader, options }: Starting) {
  /** Start requests by the id of their reply, until the server has stored them. */
  const sent = new Map<string, StartRequest>();

  function start({ request, parentId, withdrawnId }: StartPlan): void {
    reader.leave();
    if (withdrawnId !== undefined) store.dispatch({ type: 'withdrawn', id: withdrawnId });
    const { message: content } = request;
    const replyId = uniqueId();
    const message = content === undefined ? undefined : { id: uniqueId(), content };
    const now = options().now ?? Date.now;
    const createdAt = new Date(now()).toISOString();
    store.dispatch({ type: 'sent', parentId, ...(message && { message }), replyId, createdAt });
    const body = {
      ...labelsOf(options()),
      ...request,
      sessionId,
      ...(message && { messageId: message.id }),
      replyId,
    };
    for (const id of sent.keys()) if (store.known().tree.get(id)?.isStored !== false) sent.delete(id);
    sent.set(replyId, body);
    reader.start(replyId, body);
  }

  function regenerate(message: KnownMessage): void {
    const reply = replyOf(store.known().tree, message);
    const isLost = reply?.code !== undefined && !reply.isStored && !isRefused(reply.code);
    const lost = isLost ? sent.get(reply.id) : undefined;
    const plan = lost ? undefined : planRegenerate(store.known(), message);
    if (plan) start(plan);
    if (!reply || !lost) return;
    reader.leave();
    reader.start(reply.id, lost);
  }

  return {
    send: (content: string) => start(planSend(store.known(), content)),
    edit(messageId: string, content: string) {
      const message = store.known().tree.get(messageId);
      if (message) start(planEdit(store.known(), message, content));
    },
    regenerate(messageId: string) {
      const message = store.known().tree.get(messageId);
      if (message) regenerate(message);
    },
    continueReply(messageId: string) {
      const message = store.known().tree.get(messageId);
      if (message?.role === 'assistant') start(planContinue(message));
    },
  };
}

function labelsOf(options: StartLabels): StartLabels {
  const { model, temperature, maxTokens, systemPrompt, workspaceId, projectId, currentOrganizationId } = options;
  const labels = { model, temperature, maxTokens, systemPrompt, workspaceId, projectId, currentOrganizationId };
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== undefined));
}
