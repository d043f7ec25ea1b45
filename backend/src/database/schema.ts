// The tables as Kysely types. Times are milliseconds since 1970; JSON is stored as text, the same on every database.
import type { Generated } from 'kysely';
import type { ScopeKind } from './scopes.ts';

export interface StreamsTable {
  stream_id: string;
  user_id: string;
  session_id: string | null;
  /** The fencing number: a producer with a lower one can neither append nor end. */
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
  /** When the text was deleted after the retention time. The row remains for a while, so that a request gets `410`. */
  forgotten_at: number | null;
  /** When the text was deleted because the owner erased it: a request gets `404`, and only the token counts remain. */
  erased_at: number | null;
  /** Number of turns that were left out of the completion request. */
  trimmed_turns: number | null;
  /** Seconds from the end for which the provider asks to wait. */
  retry_after: Generated<number | null>;
  /** How long the model reasoned. */
  reasoning_ms: Generated<number | null>;
  /** Tokens of further completion requests for the stream (such as for a title), charged to the same user. */
  extra_prompt_tokens: number | null;
  extra_completion_tokens: number | null;
  /** The node that produces the stream; null with the embedded database. */
  node_id: string | null;
  /** JSON of the `Scopes` of the start; null for none. */
  scopes: string | null;
  cached_tokens: Generated<number | null>;
  reasoning_tokens: Generated<number | null>;
  is_usage_estimated: Generated<number | null>;
  cost: Generated<number | null>;
  model: Generated<string | null>;
  /** Estimated tokens of the completion request, for a node that ends the stream of a dead one. */
  request_tokens: Generated<number | null>;
  /** The most that the reply may use. Counts towards the limits a day while the stream is open. */
  reserved_tokens: Generated<number | null>;
  /** The organization whose limit applies. */
  organization: Generated<string | null>;
}

/** Usage by day and model, which is kept after its streams are deleted. */
interface UsageDaysTable {
  kind: 'user' | 'organization';
  /** The id of the user or of the organization. */
  subject: string;
  /** UTC days since 1970-01-01. */
  day: number;
  model: string;
  replies: number;
  /** Replies whose tokens the server has counted itself. */
  estimated_replies: number;
  prompt_tokens: number;
  completion_tokens: number;
  cached_tokens: number;
  reasoning_tokens: number;
  cost: number;
}

/** Rows that a start locks, so that starts of one user or organization are checked against a limit one after another. */
interface UsageLocksTable {
  kind: string;
  subject: string;
  checked_at: number;
}

interface StreamBodiesTable {
  stream_id: string;
  /** JSON `[type, text][]` in runs of one type: the whole text, or its first part. */
  body: string;
  /** Number of further parts; null for none. */
  parts: Generated<number | null>;
}

interface StreamBodyPartsTable {
  stream_id: string;
  /** Number of the part, from 1. Parts above `stream_bodies.parts` do not belong to the text. */
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
  /** The request that the first use bound the ticket to; null before. */
  bound_to: string | null;
  stream_id: string | null;
}

/** Tokens that were revoked before they expire. */
interface RevocationsTable {
  kind: 'token' | 'user';
  /** The `jti` of the token, or the id of the user. */
  subject: string;
  /** Tokens of the user that were issued before this time are revoked; null for a token. */
  revoked_before: number | null;
  /** When every token that it applies to has expired; null for never. */
  expires_at: number | null;
  /** By the database's clock, so that the clocks of nodes do not matter. */
  written_at: number;
}

export interface ConversationsTable {
  user_id: string;
  session_id: string;
  title: string;
  created_at: number;
  /** Time of the last message; the list of conversations is sorted by it. */
  updated_at: number;
  leaf_id: string | null;
  /** The open stream of the conversation. */
  active_stream_id: string | null;
  /** Origin of the title: the first words of the conversation, the model, or the user (`hand`), who has priority. */
  titled_by: Generated<'words' | 'model' | 'hand'>;
  /** The user's counter at the last change, which the feed reports as `event` with `event_stream_id`. */
  changed: Generated<number>;
  event: Generated<'session-changed' | 'stream-started' | 'stream-ended'>;
  event_stream_id: string | null;
  /** 1 for a conversation that the user has pinned, else 0. A number, because the list is sorted by it. */
  pinned: Generated<number>;
  /** The user's own settings of the conversation; null for the server's. */
  model: Generated<string | null>;
  temperature: Generated<number | null>;
  system_prompt: Generated<string | null>;
}

/** The organizations, workspaces and projects of a conversation's messages. Kept after the conversation is deleted, for as
 *  long as the feed reports the deletion. */
interface ConversationScopesTable {
  user_id: string;
  session_id: string;
  kind: ScopeKind;
  scope_id: string;
}

/** A counter of changes per user; the feed resumes by it. */
interface FeedCountersTable {
  user_id: string;
  counter: number;
  /** The highest counter of a deletion whose row in `deleted_conversations` is gone. */
  pruned: Generated<number>;
}

/** Deleted conversations, for the feed: ids only, no content. */
interface DeletedConversationsTable {
  user_id: string;
  session_id: string;
  changed: number;
  deleted_at: number;
}

export interface MessagesTable {
  /** Made by the server. Other columns refer to a message by this id alone. */
  message_id: string;
  user_id: string;
  session_id: string;
  parent_id: string | null;
  role: 'user' | 'assistant';
  /** The whole text, or its first part. Search uses only this part. */
  content: string;
  created_at: number;
  model: string | null;
  finish_reason: string | null;
  code: string | null;
  prompt_tokens: number | null;
  completion_tokens: number | null;
  stream_id: string | null;
  trimmed_turns: number | null;
  retry_after: Generated<number | null>;
  /** Number of further parts of `content`; null for none. */
  parts: Generated<number | null>;
  /** The id that the client chose, unique within the user; null where `message_id` is the message's only id. */
  client_id: Generated<string | null>;
  /** The reasoning before a reply, or its first part; null for none. */
  reasoning: Generated<string | null>;
  /** Number of parts of `reasoning`, the first one included; null for none. */
  reasoning_parts: Generated<number | null>;
  reasoning_ms: Generated<number | null>;
  /** The provider that answered, where several are configured. */
  provider: Generated<string | null>;
  cached_tokens: Generated<number | null>;
  reasoning_tokens: Generated<number | null>;
  is_usage_estimated: Generated<number | null>;
  cost: Generated<number | null>;
  /** What the completion request had of the user's own settings; null for nothing. */
  temperature: Generated<number | null>;
  system_prompt: Generated<string | null>;
}

interface MessagePartsTable {
  message_id: string;
  /** Number of the part: of the text from 1, of the reasoning from -1 downwards. Parts beyond those that the message counts do
   *  not belong to it. */
  part: number;
  content: string;
}

/** The leases of nodes. Times are by the database's clock, so that the clocks of nodes do not matter. */
interface NodesTable {
  node_id: string;
  /** When the lease was renewed last. */
  beat_at: number;
}

/** A version per user for optimistic locking: each start or erasure of the user's replies raises it, so that of two nodes that
 *  decide on the same state one has to retry. */
interface UserTurnsTable {
  user_id: string;
  turn: number;
}

/** Erasures by a user, each kept until every row of it is deleted. An erasure covers what was created up to `until`. */
interface ErasuresTable {
  user_id: string;
  /** Empty for everything of the user. */
  session_id: string;
  /** The latest `created_at` of the erased streams and messages. */
  until: number;
  /** The user's counter at the erasure: conversations that have not changed since are erased. */
  changed: Generated<number>;
  created_at: number;
  /** When the last row was deleted; the search index may still have words of them. */
  purged_at: number | null;
}

/** Streams whose `onEnd` is still to be called. */
interface EndHooksTable {
  stream_id: string;
  created_at: number;
}

/** When a stream was read from the provider, stored, and written to readers, as each node has seen it. */
interface StreamTimelinesTable {
  stream_id: string;
  /** Empty for the node that produced the stream. */
  node_id: string;
  /** JSON of a `TimelineBody`. */
  body: string;
}

/** The tables; `migrations.ts` creates their columns. A SQLite file also has those of `sqlite/journal-table.ts` and
 *  `sqlite/search-index.ts`. */
export interface Schema {
  streams: StreamsTable;
  stream_bodies: StreamBodiesTable;
  stream_body_parts: StreamBodyPartsTable;
  idempotency_keys: IdempotencyKeysTable;
  tickets: TicketsTable;
  revocations: RevocationsTable;
  conversations: ConversationsTable;
  conversation_scopes: ConversationScopesTable;
  messages: MessagesTable;
  message_parts: MessagePartsTable;
  feed_counters: FeedCountersTable;
  deleted_conversations: DeletedConversationsTable;
  nodes: NodesTable;
  user_turns: UserTurnsTable;
  erasures: ErasuresTable;
  end_hooks: EndHooksTable;
  usage_days: UsageDaysTable;
  usage_locks: UsageLocksTable;
  stream_timelines: StreamTimelinesTable;
}
