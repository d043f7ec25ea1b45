// What a client sends to start a stream, and how large it may be (docs/protocol.md §2).

/** Is one earlier turn, sent along as context. */
export interface HistoryTurn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** Starts a stream. `history` given, even `[]`, is the context; absent, the conversation stored under `sessionId` is. */
export interface ChatRequest {
  /** 1 to 32,000 characters; absent only where `regenerate` names the message to answer again. */
  readonly message?: string;
  readonly history?: readonly HistoryTurn[];
  /** Names the conversation that keeps the message and the reply; without it they live as long as the stream. */
  readonly sessionId?: string;
  readonly workspaceId?: string;
  readonly projectId?: string;
  readonly currentOrganizationId?: string;
  readonly model?: string;
  /** 0 to 1, or to the server's `ai_max_temperature`. */
  readonly temperature?: number;
  readonly maxTokens?: number;
  /** The id of an assistant message: its prompt is asked again, and the new reply becomes its sibling. */
  readonly regenerate?: string;
  /** The id of the message that the new one follows; `null`: none, it is a first one; default: the end of the branch last
   *  used. */
  readonly parentId?: string | null;
}

/** Bounds a chat request, in UTF-16 units, turns and bytes. */
export const limits = {
  messageLength: 32_000,
  historyTurns: 200,
  historyTurnLength: 128_000,
  idLength: 128,
  bodyBytes: 2 * 1024 * 1024,
  /** The longest text that one event carries; longer backlogs are cut into several. */
  eventLength: 16_384,
} as const;
