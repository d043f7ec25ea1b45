// What the JSON routes answer (docs/protocol.md §2).
import type { FailureCode, RefusalCode } from './errors.ts';
import type { FinishReason, Usage } from './events.ts';
import type { StreamId } from './offset.ts';

/** Is the body of every refusal: `code` for programs, `error` for people. */
export interface ErrorResponse {
  readonly error: string;
  readonly code: RefusalCode;
  /** What is wrong with each field, by its path; with `bad-request`. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** Answers `POST /streams`. */
export interface StartAnswer {
  readonly streamId: StreamId;
}

/** Answers `POST /streams/:streamId/stop`: what the stream ended with, be it the stop or an earlier end. */
export interface StopAnswer {
  readonly streamId: StreamId;
  readonly finishReason: FinishReason;
}

/** Answers `GET /config`: what a page must know. */
export interface ConfigAnswer {
  readonly models: readonly string[];
  readonly defaultModel: string;
  /** The demo model answers, because no key and no URL are set. */
  readonly demo: boolean;
  readonly limits: {
    readonly messageLength: number;
    readonly historyTurns: number;
    readonly historyTurnLength: number;
    readonly maxTemperature: number;
  };
}

/** Answers `POST /api/auth/ticket`. `expiresAt` (ISO 8601) is when its first use must have come. */
export interface TicketAnswer {
  readonly ticket: string;
  readonly expiresAt: string;
}

/** Is one turn of a stored conversation. */
export interface MessageAnswer {
  readonly id: string;
  readonly parentId?: string;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly model?: string;
  /** Absent while the reply is under way. */
  readonly finishReason?: FinishReason;
  readonly code?: FailureCode;
  readonly usage?: Usage;
  readonly streamId?: StreamId;
  /** How many of the oldest turns the model was not told, because they did not fit its window. */
  readonly trimmedTurns?: number;
}

/** Is one conversation in the list. */
export interface SessionSummary {
  readonly sessionId: string;
  readonly title: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The reply under way, on whatever device it was started. */
  readonly activeStreamId?: StreamId;
}

/** Answers `GET /sessions`: last changed first; `next`, where there is more, is the `before` of the next page. */
export interface SessionsAnswer {
  readonly sessions: readonly SessionSummary[];
  readonly next?: string;
}

/** Answers `GET /sessions/:sessionId`: the newest messages of every branch, oldest first; `leafId` ends the branch last
 *  used; `next`, where there are older ones, is the `before` of the next page. */
export interface SessionAnswer extends SessionSummary {
  readonly leafId?: string;
  readonly messages: readonly MessageAnswer[];
  readonly next?: string;
}

/** Is the body of `PATCH /sessions/:sessionId`: what is given changes. */
export interface SessionChange {
  /** 1 to 200 characters. */
  readonly title?: string;
  /** The end of the branch that is shown from now on. */
  readonly leafId?: string;
}
