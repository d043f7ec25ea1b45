// The tables, as Kysely sees them. Times are milliseconds since 1970; JSON is text, so that every database holds the same.
import type { Generated } from 'kysely';
import type { ScopeKind } from './scopes.ts';

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
  /** Set when its owner deleted it: it is `404`, and only what it cost stays. */
  erased_at: number | null;
  /** How many turns the model was not told. */
  trimmed_turns: number | null;
  /** What was asked of the model besides the reply (a title); the same user pays. */
  extra_prompt_tokens: number | null;
  extra_completion_tokens: number | null;
  /** The node that produces it; null where there is only one. */
  node_id: string | null;
  /** JSON of the `Scopes` that it was started under; null for none. */
  scopes: string | null;
}

interface StreamBodiesTable {
  stream_id: string;
  /** JSON: `[type, text][]`, merged: the whole text, or its beginning. */
  body: string;
  /** Number of parts that hold the rest; none where it is null. */
  parts: Generated<number | null>;
}

interface StreamBodyPartsTable {
  stream_id: string;
  /** Counts from 1; those beyond `stream_bodies.parts` do not belong to the text. */
  part: number;
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

export interface ConversationsTable {
  user_id: string;
  session_id: string;
  title: string;
  created_at: number;
  /** When it got its last message: the list is in this order. */
  updated_at: number;
  leaf_id: string | null;
  /** The stream of the reply under way. */
  active_stream_id: string | null;
  /** Who named it; a hand wins over the model, the model over the first words. */
  titled_by: Generated<'words' | 'model' | 'hand'>;
  /** The user's counter at the last change, which the feed tells as `event`, of `event_stream_id`. */
  changed: Generated<number>;
  event: Generated<'session-changed' | 'stream-started' | 'stream-ended'>;
  event_stream_id: string | null;
}

/** Lists the organizations, workspaces and projects under which turns of a conversation were written. Outlives the
 *  conversation as long as the feed reports its deletion. */
interface ConversationScopesTable {
  user_id: string;
  session_id: string;
  kind: ScopeKind;
  scope_id: string;
}

/** Counts the changes in each user's conversations; the feed resumes by it. */
interface FeedCountersTable {
  user_id: string;
  counter: number;
  /** The greatest counter of a deletion that is not remembered any more. */
  pruned: Generated<number>;
}

/** Remembers what was deleted, for the feed alone: no word of it. */
interface DeletedConversationsTable {
  user_id: string;
  session_id: string;
  changed: number;
  deleted_at: number;
}

export interface MessagesTable {
  message_id: string;
  user_id: string;
  session_id: string;
  parent_id: string | null;
  role: 'user' | 'assistant';
  /** The whole text, or its beginning: the part that search looks in. */
  content: string;
  created_at: number;
  model: string | null;
  finish_reason: string | null;
  code: string | null;
  prompt_tokens: number | null;
  completion_tokens: number | null;
  stream_id: string | null;
  trimmed_turns: number | null;
  /** Number of parts that hold the rest of `content`; none where it is null. */
  parts: Generated<number | null>;
}

interface MessagePartsTable {
  message_id: string;
  /** Counts from 1; those beyond `messages.parts` do not belong to the text. */
  part: number;
  content: string;
}

/** Says which nodes there are. Times are the database's own, so that no clock of a node decides who is dead. */
interface NodesTable {
  node_id: string;
  beat_at: number;
}

/** Counts what starts and erases a user's replies, so that two nodes never decide on the same state. */
interface UserTurnsTable {
  user_id: string;
  turn: number;
}

/** What a user erased, until every row of it is deleted: all that was created up to then. */
interface ErasuresTable {
  user_id: string;
  /** Empty: everything of the user. */
  session_id: string;
  /** The latest `created_at` of the erased streams and messages. */
  until: number;
  /** The user's counter: conversations that have not changed since are erased. */
  changed: Generated<number>;
  created_at: number;
  /** Set when no row is left, and words of them only in the search index. */
  purged_at: number | null;
}

/** Lists the tables; columns are added by `migrations.ts` alone. */
export interface Schema {
  streams: StreamsTable;
  stream_bodies: StreamBodiesTable;
  stream_body_parts: StreamBodyPartsTable;
  idempotency_keys: IdempotencyKeysTable;
  tickets: TicketsTable;
  conversations: ConversationsTable;
  conversation_scopes: ConversationScopesTable;
  messages: MessagesTable;
  message_parts: MessagePartsTable;
  feed_counters: FeedCountersTable;
  deleted_conversations: DeletedConversationsTable;
  nodes: NodesTable;
  user_turns: UserTurnsTable;
  erasures: ErasuresTable;
}
