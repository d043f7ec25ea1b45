// The key of a conversation.

/** The key of a conversation. The same `sessionId` of another user is another conversation. */
export interface ConversationKey {
  readonly userId: string;
  readonly sessionId: string;
}
