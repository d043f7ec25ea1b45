// What names a conversation.

/** Names a conversation: the same `sessionId` of another user is another conversation. */
export interface ConversationKey {
  readonly userId: string;
  readonly sessionId: string;
}
