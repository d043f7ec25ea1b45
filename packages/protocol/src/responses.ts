// The bodies of JSON responses (docs/protocol.md §2).
import type { RequestErrorCode } from './errors.ts';
import type { FinishReason, ReplyEnd, Usage } from './events.ts';
import type { StreamId } from './offset.ts';

/** The body of every error response: `code` for programs, `error` for people. */
export interface ErrorResponse {
  readonly error: string;
  readonly code: RequestErrorCode;
  /** What is wrong with each field, by its path; only with `bad-request`. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Response of `POST /streams`. */
export interface StartResponse {
  readonly streamId: StreamId;
}

/** Response of `POST /streams/:streamId/stop`: how the stream ended, by this stop or earlier. */
export interface StopResponse {
  readonly streamId: StreamId;
  readonly finishReason: FinishReason;
}

/** Response of `GET /config`: what a page needs before it sends anything. */
export interface ConfigResponse {
  readonly models: readonly string[];
  readonly defaultModel: string;
  /** Whether the demo model answers, because neither a key nor a URL is set. */
  readonly demo: boolean;
  readonly limits: {
    readonly messageLength: number;
    readonly historyTurns: number;
    readonly historyTurnLength: number;
    readonly maxTemperature: number;
    /** The longest system prompt that a user may set; 0: none. */
    readonly systemPromptLength: number;
  };
}

/** Response of `POST /api/ai-chat/ticket`. `expiresAt` (ISO 8601) is the deadline of its first use. */
export interface TicketResponse {
  readonly ticket: string;
  readonly expiresAt: string;
}

/** What was used in some time. Counts that are zero are absent, apart from the first three. */
export interface UsageTotals extends Omit<Usage, 'estimated'> {
  readonly replies: number;
  /** Replies whose tokens the server has counted itself, because the provider did not. */
  readonly estimatedReplies?: number;
}

/** Response of `GET /usage`. Days are those of UTC. */
export interface UsageResponse {
  readonly today: UsageTotals;
  /** The limits of the user; 0 is no limit. */
  readonly limits: {
    readonly tokensPerDay: number;
    readonly organizationTokensPerDay: number;
    readonly streamsPerUser: number;
    readonly startsPerMinute: number;
    readonly requestsPerMinute: number;
    readonly connectionsPerUser: number;
    readonly ticketsPerUser: number;
  };
  /** The last 30 days by model, most tokens first. */
  readonly models: readonly (UsageTotals & { readonly model: string })[];
  /** The last 30 days, today first, each as `2026-11-29`. */
  readonly days: readonly (UsageTotals & { readonly day: string })[];
}

/** Text that came without a long gap: up to `offset`, between two times in ms from the start of the timeline. */
export interface TimelinePart {
  readonly offset: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** One connection that read a stream while it was under way, from the offset `after`. */
export interface TimelineReader {
  readonly after: number;
  readonly openedMs: number;
  /** Absent while it is open. */
  readonly closedMs?: number;
  readonly written: readonly TimelinePart[];
}

/** Response of `GET /streams/:streamId/timeline`: when the text was read from the provider, stored, and written to readers. */
export interface TimelineResponse {
  readonly streamId: StreamId;
  /** ISO 8601; all times count from it. */
  readonly startedAt: string;
  /** Absent while the stream is under way. */
  readonly endedMs?: number;
  readonly finishReason?: FinishReason;
  /** Whether `read` and `stored` are not known here: another node produces the stream, or its process has died. */
  readonly isPartial?: true;
  readonly read: readonly TimelinePart[];
  readonly stored: readonly TimelinePart[];
  /** By the time at which they were opened. */
  readonly readers: readonly TimelineReader[];
  /** How many more readers there were. */
  readonly omittedReaders?: number;
}

/** One message of a stored conversation. How a reply ended is absent while it is under way. */
export interface SessionMessage extends Partial<ReplyEnd> {
  readonly id: string;
  readonly parentId?: string;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  /** The reasoning of the model before its reply. */
  readonly reasoning?: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly model?: string;
  /** The temperature of the completion request, if it had one. */
  readonly temperature?: number;
  /** The system prompt of the user, if the completion request had it. */
  readonly systemPrompt?: string;
  /** The provider that answered, where the server has several. */
  readonly provider?: string;
  readonly streamId?: StreamId;
}

/** One conversation in the list. */
export interface SessionSummary {
  readonly sessionId: string;
  readonly title: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The stream of the reply under way, started on any device. */
  readonly activeStreamId?: StreamId;
  /** Whether the user has pinned it; absent: no. */
  readonly pinned?: boolean;
  /** Where a search has found its words; absent if only the title contains them. */
  readonly match?: SearchMatch;
}

/** The newest message of a conversation that contains all words of a search. */
export interface SearchMatch {
  readonly messageId: string;
  /** The text around the first matching word, on one line. */
  readonly excerpt: string;
  /** The ranges of matching words in the excerpt, in UTF-16 units. */
  readonly marks: readonly (readonly [start: number, end: number])[];
}

/** Response of `GET /sessions`: pinned ones first, then last changed first. `next` is the `before` of the next page; absent on the last one. */
export interface SessionsResponse {
  readonly sessions: readonly SessionSummary[];
  readonly next?: string;
}

/** The user's own settings of a conversation. A start uses those that it does not name itself. */
export interface SessionSettings {
  readonly model?: string;
  readonly temperature?: number;
  readonly systemPrompt?: string;
}

/** Response of `GET /sessions/:sessionId`: the newest messages of every branch, oldest first. `leafId` is the last message
 *  of the branch last used; `next` is the `before` of the page with older messages, absent where there are none. */
export interface SessionResponse extends SessionSummary {
  /** The user's own settings; absent if there are none. */
  readonly settings?: SessionSettings;
  readonly leafId?: string;
  readonly messages: readonly SessionMessage[];
  readonly next?: string;
}

/** Body of `PATCH /sessions/:sessionId`: only the given fields change. */
export interface SessionChange {
  /** 1 to 200 characters. */
  readonly title?: string;
  /** The last message of the branch to show from now on. */
  readonly leafId?: string;
  /** Only the given settings change; `null` removes one. */
  readonly settings?: { readonly [Name in keyof SessionSettings]?: SessionSettings[Name] | null };
  /** `true` pins the conversation at the top of the list, `false` unpins it. */
  readonly pinned?: boolean;
}
