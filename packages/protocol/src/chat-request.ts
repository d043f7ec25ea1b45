// The request that starts a stream, and its limits (docs/protocol.md §2).

/** One earlier message, sent as context. */
export interface HistoryTurn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** A request to start a stream. `history`, even `[]`, is the context; without it, the conversation stored under `sessionId`
 *  is. */
export interface ChatRequest {
  /** 1 to 32,000 characters; absent only with `regenerate` and `continue`. */
  readonly message?: string;
  readonly history?: readonly HistoryTurn[];
  /** The conversation that stores the message and the reply; without it they live as long as the stream. */
  readonly sessionId?: string;
  readonly workspaceId?: string;
  readonly projectId?: string;
  readonly currentOrganizationId?: string;
  readonly model?: string;
  /** 0 to 1, or to the server's `ai_max_temperature`. */
  readonly temperature?: number;
  readonly maxTokens?: number;
  /** 1 to 8,000 characters, added behind the server's own system prompt and kept with the conversation. */
  readonly systemPrompt?: string;
  /** The id of an assistant message: its prompt is sent again, and the new reply becomes its sibling. */
  readonly regenerate?: string;
  /** The id of an assistant message that ended early: the new reply follows it and goes on from its text. */
  readonly continue?: string;
  /** The id of the message that the new one follows; `null`: it is the first one. Default: the last message of the branch
   *  last used. */
  readonly parentId?: string | null;
  /** The id of the new message, chosen by the client and not used by another message of the user. Default: the server
   *  makes one. */
  readonly messageId?: string;
  /** The same for the reply. */
  readonly replyId?: string;
}

/** Limits of a chat request, in UTF-16 units, messages and bytes. */
export const limits = {
  messageLength: 32_000,
  historyTurns: 200,
  historyTurnLength: 128_000,
  idLength: 128,
  systemPromptLength: 8_000,
  bodyBytes: 2 * 1024 * 1024,
  /** The longest text of one event; a longer backlog is cut into several. */
  eventLength: 16_384,
} as const;
