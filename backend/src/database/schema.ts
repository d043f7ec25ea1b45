// The tables, as Kysely sees them. Times are milliseconds since 1970; JSON is text, so that every database holds the same.

export interface StreamsTable {
  stream_id: string;
  user_id: string;
  session_id: string | null;
  /** The number that fences: who appends or ends with an older one is refused. */
  epoch: number;
  created_at: number;
  stop_requested_at: number | null;
  ended_at: number | null;
  /** The offset of the end event. */
  end_offset: number | null;
  finish_reason: string | null;
  code: string | null;
  prompt_tokens: number | null;
  completion_tokens: number | null;
  /** Set when the text has been dropped; owner and id stay for a while, so that it is `410`. */
  forgotten_at: number | null;
}

interface StreamBodiesTable {
  stream_id: string;
  /** JSON: `[type, text][]`, merged. */
  body: string;
}

interface IdempotencyKeysTable {
  user_id: string;
  key: string;
  request_hash: string;
  stream_id: string;
  created_at: number;
}

interface TicketsTable {
  ticket_hash: string;
  user_id: string;
  /** JSON of the claims that the JWT carried. */
  claims: string;
  created_at: number;
  /** What the first use bound it to; null before. */
  bound_to: string | null;
  stream_id: string | null;
}

interface ConversationsTable {
  user_id: string;
  session_id: string;
  title: string;
  created_at: number;
  updated_at: number;
  leaf_id: string | null;
}

export interface MessagesTable {
  message_id: string;
  user_id: string;
  session_id: string;
  parent_id: string | null;
  role: 'user' | 'assistant';
  content: string;
  created_at: number;
  model: string | null;
  finish_reason: string | null;
  code: string | null;
  prompt_tokens: number | null;
  completion_tokens: number | null;
  stream_id: string | null;
}

/** Lists the tables; columns are added by `migrations.ts` alone. */
export interface Schema {
  streams: StreamsTable;
  stream_bodies: StreamBodiesTable;
  idempotency_keys: IdempotencyKeysTable;
  tickets: TicketsTable;
  conversations: ConversationsTable;
  messages: MessagesTable;
}
